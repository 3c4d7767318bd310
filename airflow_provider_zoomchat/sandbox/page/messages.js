// The messages that are shown: in the order of posting, answers behind what they answer.
//
// Their HTML is made and escaped by the sandbox.

import { moveAnswering } from "./answering.js";
import { $, sayDate, sayTime } from "./dom.js";
import { isTraced, openTraces } from "./requests.js";

const MOST = 300; // in the document of somebody who follows
const TRIMMED = 150;

const list = $("messages");
const entries = new Map(); // id -> {id, number, thread, node}

export const has = (id) => entries.has(id);
export const nodeOf = (id) => entries.get(id)?.node;
// Whether a message answers one that is shown, so that its place is known wherever the end is.
export const hasThreadOf = ({ id, thread }) =>
  thread !== id && entries.has(thread) && entries.size < MOST;
export const isEmpty = () => entries.size === 0;

// The number of the oldest message; 0 if there is none.
export const oldest = () => byNumber()[0]?.number ?? 0;

export function clear() {
  drop([...entries.values()]);
}

// Shows these messages and no others. Those that are shown already, and are what they were, stay
// untouched.
export function show(messages) {
  list.ariaBusy = "true"; // or a screen reader would read all of it
  const ids = new Set(messages.map((each) => each.id));
  drop([...entries.values()].filter((each) => !ids.has(each.id)));
  for (const each of messages) if (entries.get(each.id)?.html !== each.html) put(each);
  list.ariaBusy = "false";
}

// Puts a message where it belongs, or in the place of what it was.
export function put(message) {
  const node = element(message);
  const known = entries.get(message.id);
  entries.set(message.id, { ...message, node });
  if (known) {
    const finish = resemble(known.node, node);
    known.node.replaceWith(node);
    finish();
  } else {
    settle(entries.get(message.id));
    settleAnswers((thread) => thread === message.id);
  }
}

// Takes the oldest away if there are very many; returns whether it has.
export function trim() {
  if (entries.size <= MOST) return false;
  drop(byNumber().slice(0, entries.size - TRIMMED));
  return true;
}

// Shows what waits for its time, below the messages.
export function showScheduled(messages) {
  const known = [...$("scheduled").children].map((each) => each.dataset.id);
  if (messages.map((each) => each.id).join() === known.join()) return;
  $("scheduled").replaceChildren(...messages.map(element));
  $("scheduled").hidden = !messages.length;
}

function drop(gone) {
  for (const entry of gone) {
    entry.node.remove();
    entries.delete(entry.id);
  }
  const ids = new Set(gone.map((entry) => entry.id));
  settleAnswers((thread) => ids.has(thread));
}

function byNumber() {
  return [...entries.values()].sort((a, b) => a.number - b.number);
}

function settle(entry) {
  const [main, own] = order(entry);
  let next = null;
  for (let each = list.lastElementChild; each; each = each.previousElementSibling) {
    if (each === entry.node) continue;
    const [itsMain, itsOwn] = order(entries.get(each.dataset.id));
    if (itsMain < main || (itsMain === main && itsOwn < own)) break;
    next = each;
  }
  list.insertBefore(entry.node, next);
}

// An answer whose thread is not shown stands where it was posted.
function order(entry) {
  return [(entries.get(entry.thread) || entry).number, entry.number];
}

function settleAnswers(isOf) {
  for (const entry of entries.values()) {
    if (entry.thread !== entry.id && isOf(entry.thread)) settle(entry);
  }
}

function element(message) {
  const template = document.createElement("template");
  template.innerHTML = message.html;
  const shown = template.content.firstElementChild;
  shown.id = `m-${message.id}`;
  shown.dataset.id = message.id;
  shown.dataset.reactions = JSON.stringify(message.reactions);
  const isScheduled = shown.classList.contains("scheduled");
  for (const time of shown.querySelectorAll("time[datetime]")) {
    (isScheduled ? sayDate : sayTime)(time, time.dateTime);
  }
  const sender = shown.querySelector(".sender").textContent;
  const tools = $("tools").content.cloneNode(true);
  const [answer, trace] = tools.querySelectorAll("button");
  answer.setAttribute("aria-label", `Answer, or react to, this message by ${sender}`);
  trace.setAttribute("aria-label", `Request behind this message by ${sender}`);
  if (isScheduled || message.deleted) answer.remove();
  shown.querySelector("header").append(tools);
  return shown;
}

// Keeps open menus and focus when a message is redrawn. Returns the rest of it, to be
// done when it is in the document.
function resemble(known, shown) {
  const parts = (each) => [...each.querySelectorAll("a, button, summary")];
  const [before, after] = [parts(known), parts(shown)];
  shown.classList.toggle("sought", known.classList.contains("sought"));
  before.forEach((each, at) => {
    if (each.tagName === "SUMMARY" && each.parentElement.open && after[at]?.tagName === "SUMMARY") {
      after[at].parentElement.open = true;
    }
  });
  const focused = before.indexOf(document.activeElement);
  const refocus = moveAnswering(known, shown);
  // They stay until newer ones come, or what is beneath would jump up and down.
  shown.querySelector(".content").append(...known.querySelectorAll(".traces"));
  return () => {
    if (isTraced(known)) openTraces(shown);
    if (refocus()) return;
    if (focused >= 0) {
      (after[focused] || shown.querySelector(".trace")).focus({ preventScroll: true });
    }
  };
}
