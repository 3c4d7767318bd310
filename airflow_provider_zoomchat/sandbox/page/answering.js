// The box in which somebody answers a message, or reacts to it, as one of the sandbox's people.

import { $ } from "./dom.js";
import { ask } from "./sandbox.js";

const EMOJIS = ["✅", "❌", "👍", "👎", "👀", "🎉"];

let chosen = ""; // the e-mail of the person who has answered or reacted last

// Opens the box beneath a message, or takes it away.
export async function toggleAnswering(shown) {
  if (shown.querySelector(".answering")) close(shown);
  else await open(shown);
}

async function open(shown) {
  const query = new URLSearchParams({ message: shown.dataset.id });
  const data = await ask(`/sandbox/people?${query}`);
  // The message may have been drawn anew, and the button pressed again, since.
  const current = $(shown.id);
  if (!data || !current || current.querySelector(".answering")) return;
  const box = $("answering").content.firstElementChild.cloneNode(true);
  const person = box.querySelector(".person");
  for (const each of data.people) person.add(new Option(each.display_name, each.email));
  if (data.people.some((each) => each.email === chosen)) person.value = chosen;
  setExpanded(current, true);
  current.querySelector(".content").append(box);
  showEmojis(current);
  box.querySelector("textarea").focus();
  box.scrollIntoView({ block: "nearest" });
}

function close(shown) {
  shown.querySelector(".answering").remove();
  setExpanded(shown, false);
  shown.querySelector(".respond")?.focus({ preventScroll: true });
}

function setExpanded(shown, isOpen) {
  shown.querySelector(".respond")?.setAttribute("aria-expanded", String(isOpen));
}

// Moves the box to what a message is drawn as now. Returns what brings the focus back, to be
// called when that is in the document, and tells whether it was in the box.
export function moveAnswering(known, shown) {
  const box = known.querySelector(".answering");
  if (!box || !shown.querySelector(".respond")) return () => false;
  const focused = box.contains(document.activeElement) && document.activeElement;
  shown.querySelector(".content").append(box);
  setExpanded(shown, true);
  showEmojis(shown);
  return () => {
    if (focused) focused.focus({ preventScroll: true });
    return Boolean(focused);
  };
}

// Shows which emojis there are to react with, and with which of them the person has.
function showEmojis(shown) {
  const reactions = JSON.parse(shown.dataset.reactions);
  const person = shown.querySelector(".person").value;
  const box = shown.querySelector(".emojis");
  for (const emoji of new Set([...EMOJIS, ...Object.keys(reactions)])) {
    const known = [...box.children].find((each) => each.textContent === emoji);
    const button = known || box.appendChild(emojiButton(emoji));
    const hasReacted = reactions[emoji]?.includes(person) || false;
    button.setAttribute("aria-pressed", String(hasReacted));
  }
}

function emojiButton(emoji) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = emoji;
  return button;
}

async function post(shown, address, value) {
  chosen = shown.querySelector(".person").value;
  const body = JSON.stringify({ message: shown.dataset.id, by: chosen, ...value });
  return await ask(address, { method: "POST", body });
}

async function send(shown) {
  const words = shown.querySelector(".answering textarea");
  if (!words.value.trim()) return words.focus();
  if (!(await post(shown, "/sandbox/answers", { text: words.value }))) return;
  const current = $(shown.id);
  if (current?.querySelector(".answering")) close(current);
}

const messageOf = (event) => event.target.closest(".message");

$("messages").addEventListener("click", (event) => {
  const emoji = event.target.closest(".emojis button");
  if (emoji) {
    const add = emoji.getAttribute("aria-pressed") !== "true";
    post(messageOf(event), "/sandbox/reactions", { emoji: emoji.textContent, add });
  } else if (event.target.closest(".cancel")) {
    close(messageOf(event));
  }
});
$("messages").addEventListener("change", (event) => {
  if (event.target.closest(".person")) showEmojis(messageOf(event));
});
$("messages").addEventListener("submit", (event) => {
  event.preventDefault();
  send(messageOf(event));
});
// As in Zoom, Enter sends, and with Shift begins a new line.
$("messages").addEventListener("keydown", (event) => {
  if (!event.target.closest(".answering")) return;
  if (event.key === "Escape") close(messageOf(event));
  if (event.key === "Enter" && event.target.tagName === "TEXTAREA") {
    if (event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send(messageOf(event));
  }
});
