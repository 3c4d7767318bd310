// The channels and people at the left, each with the number of its messages that nobody has seen.

import { $, item, say, setCurrent } from "./dom.js";

// current: the key of the place that is shown. unread: tells how many of a place nobody has seen.
export function showPlaces(places, current, unread) {
  const buttons = $("places").querySelectorAll("button");
  places.forEach((each, index) => {
    const button = buttons[index] || $("places").appendChild(item("")).appendChild(placeButton());
    const count = unread(each);
    button.dataset.key = each.key;
    setCurrent(button, each.key === current);
    button.classList.toggle("unread", count > 0);
    const words = [each.name, count > 0 ? String(count) : "", each.note];
    [...button.children].forEach((part, at) => say(part, words[at]));
    button.setAttribute(
      "aria-label",
      [each.name, each.note, count > 0 && `${count} new`].filter(Boolean).join(", "),
    );
  });
  for (const button of [...buttons].slice(places.length)) button.parentElement.remove();
}

function placeButton() {
  const button = document.createElement("button");
  button.type = "button";
  for (const name of ["name", "count", "hint"]) {
    const part = document.createElement("span");
    part.className = name;
    button.append(part);
  }
  return button;
}
