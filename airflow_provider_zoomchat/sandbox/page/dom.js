// What every part of the page needs of the document.

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

export const $ = (id) => document.getElementById(id);

// Updates a text only if it changed, so that screen readers do not repeat it.
export function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

export function sayTime(node, moment) {
  node.textContent = clock.format(new Date(moment));
}

const calendar = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "short" });

export function sayDate(node, moment) {
  node.textContent = calendar.format(new Date(moment));
}

export function item(words) {
  const shown = document.createElement("li");
  shown.textContent = words;
  return shown;
}

export function setCurrent(button, isCurrent) {
  if (isCurrent === button.hasAttribute("aria-current")) return;
  button.toggleAttribute("aria-current", isCurrent);
  if (!isCurrent) return;
  button.setAttribute("aria-current", "true");
  // Only if need be: from what was scrolled to, some browsers go on with the Tab key.
  const { top, right, bottom, left } = button.getBoundingClientRect();
  if (Math.min(top, left) < 0 || bottom > innerHeight || right > innerWidth) {
    button.scrollIntoView({ block: "nearest", inline: "center" });
  }
}
