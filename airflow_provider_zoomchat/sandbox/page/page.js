// The page: shows what /sandbox/events tells, and asks for the rest when somebody wants to see it.
//
// The HTML of messages is made and escaped by the sandbox; all else goes in as text.
//
// Whoever is at the end of a place follows it. Whoever has scrolled up reads on undisturbed: what
// comes is counted, and what is shown changes only where a message itself does.
"use strict";

const MOST = 300; // messages in the document of somebody who follows
const TRIMMED = 150;
const STICKY = 80; // pixels from the end that count as the end
const RETRY = 500; // milliseconds

const $ = (id) => document.getElementById(id);
const list = $("messages");
const chat = $("chat");
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

const entries = new Map(); // id -> {id, number, thread, node} of what is shown
const read = new Map(); // place -> how many of its messages were seen

let source = null;
let retry = 0;
let place = "";
let life = ""; // of the sandbox: another one after a restart or a reset
let wanted = ""; // the id of a message to go to
let panel = null;
let follows = true;
let lastTop = 0;
let isEnd = true; // whether the newest message of the place is among those shown
let showsRequests = false;

// The connection

function connect() {
  source?.close();
  clearTimeout(retry);
  const query = new URLSearchParams({ place, message: wanted });
  source = new EventSource(`/sandbox/events?${query}`);
  source.addEventListener("snapshot", (event) => {
    state("");
    snapshot(JSON.parse(event.data));
  });
  source.addEventListener("changes", (event) => {
    state("");
    changes(JSON.parse(event.data));
  });
  source.addEventListener("error", () => {
    state("The sandbox does not answer. Waiting for it …");
    source.close(); // a browser would try again with the place of the beginning, or not at all
    retry = setTimeout(connect, RETRY);
  });
}

function state(words) {
  const shown = words || "Live";
  if ($("state").textContent === shown) return;
  document.body.classList.toggle("lost", words !== "");
  $("state").textContent = shown;
}

async function ask(address, options) {
  try {
    const response = await fetch(address, options);
    if (response.ok) return response.status === 204 ? {} : await response.json();
    state(`The sandbox refused that (HTTP ${response.status}).`);
  } catch {
    state("The sandbox does not answer. Waiting for it …");
  }
  return null;
}

// What the sandbox tells

function snapshot(data) {
  const isSame = data.life === life && data.place === place;
  if (data.life !== life) read.clear();
  life = data.life;
  place = data.place;
  if (isSame && !follows && !wanted && entries.size) {
    // Whoever reads older messages goes on reading them.
    for (const message of data.messages) if (entries.has(message.id)) put(message);
    isEnd = isEnd && data.messages.every((message) => entries.has(message.id));
    showPanel(data.panel);
    return;
  }
  list.ariaBusy = "true"; // or a screen reader would read all of it
  entries.clear();
  list.replaceChildren();
  for (const message of data.messages) put(message);
  list.ariaBusy = "false";
  $("older").hidden = !data.older;
  isEnd = !data.newer;
  follows = isEnd && !wanted;
  showPanel(data.panel);
  showEmpty();
  goTo(wanted, data.messages.length > 0);
  if (follows) toEnd();
  wanted = "";
}

function changes(data) {
  for (const message of data.messages) {
    if (entries.has(message.id) || (follows && isEnd)) put(message);
    else isEnd = false;
  }
  if (follows) trim();
  if (data.panel) showPanel(data.panel);
  showEmpty();
}

// Messages

// Puts a message where it belongs: in the order of posting, answers behind what they answer.
function put(message) {
  const node = element(message);
  const known = entries.get(message.id);
  entries.set(message.id, { ...message, node });
  if (known) {
    const settle = resemble(known.node, node);
    known.node.replaceWith(node);
    settle();
  } else {
    settle(entries.get(message.id));
    settleAnswers((thread) => thread === message.id);
  }
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
  for (const time of shown.querySelectorAll("time[datetime]")) {
    time.textContent = clock.format(new Date(time.dateTime));
  }
  const sender = shown.querySelector(".sender").textContent;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "trace";
  button.textContent = "Request";
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-label", `Request behind this message by ${sender}`);
  shown.querySelector("header").append(button);
  return shown;
}

// Has a message that is drawn anew keep what a reader did with it; the rest is done when it is in
// the document.
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
  const isTraced = known.querySelector(".traces") !== null;
  return () => {
    if (isTraced) openTraces(shown);
    if (focused >= 0) {
      (after[focused] || shown.querySelector(".trace")).focus({ preventScroll: true });
    }
  };
}

function byNumber() {
  return [...entries.values()].sort((a, b) => a.number - b.number);
}

function trim() {
  if (entries.size <= MOST) return;
  for (const entry of byNumber().slice(0, entries.size - TRIMMED)) {
    entry.node.remove();
    entries.delete(entry.id);
  }
  settleAnswers((thread) => !entries.has(thread));
  $("older").hidden = false;
}

async function showOlder() {
  const of = [life, place];
  const before = byNumber()[0]?.number ?? 0;
  const data = await ask(`/sandbox/messages?${new URLSearchParams({ place, before })}`);
  if (!data || of[0] !== life || of[1] !== place) return;
  const height = chat.scrollHeight;
  const top = chat.scrollTop;
  follows = false;
  for (const message of data.messages) if (!entries.has(message.id)) put(message);
  $("older").hidden = !data.older;
  chat.scrollTop = top + chat.scrollHeight - height;
}

function showEmpty() {
  $("empty").hidden = entries.size > 0;
  $("empty").textContent = "Nothing was posted here yet.";
}

function goTo(id, hasMessages) {
  if (!id) return;
  const shown = entries.get(id)?.node;
  if (shown) {
    shown.classList.add("sought");
    shown.scrollIntoView({ block: "center" });
  } else if (hasMessages) {
    follows = isEnd;
    state("The message that was asked for is no longer here.");
  }
}

// Following

function isAtEnd() {
  return chat.scrollHeight - chat.scrollTop - chat.clientHeight < STICKY;
}

function toEnd() {
  if (!showsRequests) chat.scrollTop = chat.scrollHeight;
}

function onScroll() {
  const isUp = chat.scrollTop < lastTop - 1;
  lastTop = chat.scrollTop;
  if (showsRequests) return;
  const wasFollowing = follows;
  if (isAtEnd()) {
    if (isEnd) follows = true;
    else newest();
  } else if (isUp) {
    follows = false;
  }
  if (follows !== wasFollowing && panel) showPanel(panel);
}

function newest() {
  follows = true;
  if (isEnd) {
    toEnd();
    showPanel(panel);
  } else {
    connect();
  }
}

// The request behind a message

function toggleTraces(button) {
  const shown = button.closest(".message");
  if (button.getAttribute("aria-expanded") === "false") {
    openTraces(shown);
  } else {
    button.setAttribute("aria-expanded", "false");
    shown.querySelector(".traces")?.remove();
  }
}

async function openTraces(shown) {
  const button = shown.querySelector(".trace");
  button.setAttribute("aria-expanded", "true");
  const query = new URLSearchParams({ message: shown.dataset.id });
  const data = await ask(`/sandbox/requests?${query}`);
  if (!data || button.getAttribute("aria-expanded") === "false") return;
  const box = document.createElement("div");
  box.className = "traces";
  for (const each of data.requests.reverse()) box.append(exchange(each));
  if (!data.requests.length) box.textContent = "The sandbox no longer keeps this request.";
  shown.querySelector(".traces")?.remove();
  shown.querySelector(".content").append(box);
}

function exchange(each) {
  const shown = $("exchange").content.firstElementChild.cloneNode(true);
  shown.dataset.number = each.number;
  shown.querySelector(".method").textContent = each.method;
  shown.querySelector(".path").textContent = each.path;
  const status = shown.querySelector(".status");
  status.textContent = each.status === null ? "unanswered" : `HTTP ${each.status}`;
  status.classList.toggle("refused", each.status === null || each.status >= 400);
  const time = shown.querySelector("time");
  time.dateTime = time.title = each.time;
  time.textContent = clock.format(new Date(each.time));
  const why = shown.querySelector(".why");
  why.textContent = each.why && `The sandbox's reason: ${each.why}`;
  why.hidden = !each.why;
  for (const name of ["body", "answer"]) {
    const box = shown.querySelector(`.${name}`);
    box.textContent = each[name];
    box.parentElement.hidden = !each[name];
  }
  return shown;
}

// All requests: also those that were refused, of which no message tells.

let refresh = 0;

function setView(isOfRequests) {
  showsRequests = isOfRequests;
  document.body.classList.toggle("requests", isOfRequests);
  if (panel) showPanel(panel);
  if (isOfRequests) showRequests();
}

async function showRequests() {
  refresh = 0;
  const data = await ask("/sandbox/requests");
  if (!data) return;
  const box = $("requests");
  const listed = new Set(data.requests.map((each) => String(each.number)));
  for (const shown of [...box.children]) if (!listed.has(shown.dataset.number)) shown.remove();
  for (const each of data.requests.reverse()) {
    const shown = exchange(each);
    const known = box.querySelector(`[data-number="${each.number}"]`);
    // What has not changed stays, and so does what somebody has selected in it.
    if (known && !known.isEqualNode(shown)) known.replaceWith(shown);
    else if (!known) box.prepend(shown);
  }
  $("no-requests").hidden = listed.size > 0;
}

// Channels and trouble

function showPanel(data) {
  const isBusier = panel && (data.calls !== panel.calls || data.answered !== panel.answered);
  panel = data;
  const current = data.places.find((each) => each.key === place);
  const unread = current ? current.posted - (read.get(place) || 0) : 0;
  if (current && follows && !showsRequests) read.set(place, current.posted);
  const title = showsRequests ? "All requests" : current ? current.name : place;
  if ($("title").textContent !== title) $("title").textContent = title;
  document.title = `${title} – Zoom sandbox`;
  $("newest").hidden = follows;
  $("newest").textContent = read.has(place) && unread ? `${unread} new ↓` : "To the newest ↓";
  showPlaces(data.places);
  $("calls").textContent = data.calls || "";
  setCurrent($("all-requests"), showsRequests);
  $("limits").checked = data.limits;
  showFaults(data.faults);
  if (showsRequests && isBusier && !refresh) refresh = setTimeout(showRequests, 300);
}

function showFaults(faults) {
  $("waiting").textContent = faults.length;
  const counts = new Map();
  for (const each of faults.map(describe)) counts.set(each, (counts.get(each) || 0) + 1);
  const lines = [...counts].map(([words, count]) => (count > 1 ? `${words} (${count})` : words));
  const shown = [...$("fault-list").children].map((each) => each.textContent);
  if (lines.join("\n") !== shown.join("\n")) $("fault-list").replaceChildren(...lines.map(item));
  if (!faults.length && document.activeElement === $("forget")) {
    $("faults").querySelector("button").focus();
  }
  $("waiting").hidden = $("forget").hidden = !faults.length;
}

function showPlaces(places) {
  const buttons = $("places").querySelectorAll("button");
  places.forEach((each, index) => {
    const button = buttons[index] || $("places").appendChild(item("")).appendChild(placeButton());
    const unread = each.posted - (read.get(each.key) || 0);
    button.dataset.key = each.key;
    setCurrent(button, each.key === place && !showsRequests);
    button.classList.toggle("unread", unread > 0);
    const words = [each.name, unread > 0 ? String(unread) : "", each.note];
    [...button.children].forEach((part, at) => {
      if (part.textContent !== words[at]) part.textContent = words[at];
    });
    button.setAttribute("aria-label", [each.name, each.note, unread > 0 && `${unread} new`]
      .filter(Boolean).join(", "));
  });
  for (const button of [...buttons].slice(places.length)) button.parentElement.remove();
}

function setCurrent(button, isCurrent) {
  if (isCurrent === button.hasAttribute("aria-current")) return;
  button.toggleAttribute("aria-current", isCurrent);
  if (!isCurrent) return;
  button.setAttribute("aria-current", "true");
  button.scrollIntoView({ block: "nearest", inline: "center" });
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

function item(words) {
  const shown = document.createElement("li");
  shown.textContent = words;
  return shown;
}

function describe(fault) {
  const what = { status: `HTTP ${fault.status}`, hang: `hang for ${fault.seconds} s` }[fault.kind];
  const where = fault.path ? `calls to …${fault.path}…` : "any call";
  return `${what || fault.kind}: ${where}${fault.times > 1 ? `, ${fault.times} times` : ""}`;
}

async function post(address, value, method = "POST") {
  const body = value === undefined ? undefined : JSON.stringify(value);
  const done = await ask(address, { method, body });
  if (!done && panel) $("limits").checked = panel.limits;
}

// The part of the address behind "#": a place, a place and a message, or all requests.
function followAddress() {
  const [key, message] = location.hash.slice(1).split("/").map(decoded);
  if (key === "requests") {
    if (!source) connect();
    setView(true);
    return;
  }
  place = key;
  wanted = message || "";
  follows = !wanted;
  connect();
  setView(false);
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

list.addEventListener("click", (event) => {
  const button = event.target.closest(".trace");
  if (button) toggleTraces(button);
});
$("places").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const address = `#${encodeURIComponent(button.dataset.key)}`;
  if (location.hash === address) followAddress();
  else location.hash = address;
});
$("all-requests").addEventListener("click", () => { location.hash = "requests"; });
$("older").addEventListener("click", showOlder);
$("newest").addEventListener("click", newest);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  chat.focus();
});
$("faults").addEventListener("click", (event) => {
  const button = event.target.closest("[data-fault]");
  if (!button) return;
  post("/sandbox/faults", {
    ...JSON.parse(button.dataset.fault),
    path: $("fault-path").value,
    accept: $("fault-accept").checked,
  });
});
$("forget").addEventListener("click", () => post("/sandbox/faults", undefined, "DELETE"));
$("limits").addEventListener("change", (event) => {
  post("/sandbox/limits", { on: event.target.checked });
});
$("clear").addEventListener("click", () => post("/sandbox/reset"));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !$("trouble").open) return;
  if ($("trouble").contains(document.activeElement)) $("trouble").firstElementChild.focus();
  $("trouble").open = false;
});
addEventListener("hashchange", followAddress);
chat.addEventListener("scroll", onScroll);
new ResizeObserver(() => { if (follows) toEnd(); }).observe(list);
// A browser allows six connections to one address, and each page would keep one.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    source.close();
    clearTimeout(retry);
  } else {
    connect();
  }
});
followAddress();
