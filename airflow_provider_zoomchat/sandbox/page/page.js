// The page: shows what /sandbox/events tells, and asks for the rest when somebody wants to see it.
//
// The HTML of messages is made and escaped by the sandbox; all else goes in as text.
"use strict";

const MOST = 300; // messages in the document; older ones are fetched again when they are wanted
const TRIMMED = 150;
const STICKY = 80; // pixels from the end that count as the end

const $ = (id) => document.getElementById(id);
const list = $("messages");
const chat = $("chat");
const read = new Map(); // place -> how many messages of it were seen
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

let source = null;
let place = "";
let wanted = ""; // the id of a message to go to
let panel = null;
let showsRequests = false;

function connect() {
  if (source) source.close();
  source = new EventSource(`/sandbox/events?place=${encodeURIComponent(place)}`);
  source.addEventListener("open", () => state(""));
  source.addEventListener("error", lost);
  source.addEventListener("snapshot", (event) => snapshot(JSON.parse(event.data)));
  source.addEventListener("changes", (event) => changes(JSON.parse(event.data)));
}

function lost() {
  state("The sandbox does not answer. Waiting for it …");
  // A browser tries again by itself unless something else has answered in the meantime.
  if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1000);
}

function state(words) {
  document.body.classList.toggle("lost", words !== "");
  $("state").textContent = words || "Live";
}

// Messages

function snapshot(data) {
  place = data.place;
  list.ariaBusy = "true"; // or a screen reader would read all of it
  list.replaceChildren();
  for (const message of data.messages) put(message);
  list.ariaBusy = "false";
  $("older").hidden = !data.older;
  showPanel(data.panel);
  showEmpty();
  if (!goTo(wanted)) toEnd();
  wanted = "";
}

function changes(data) {
  const follows = isAtEnd();
  let added = 0;
  for (const message of data.messages) added += put(message);
  if (data.panel) showPanel(data.panel);
  showEmpty();
  if (follows && added) {
    trim();
    toEnd();
  } else if (added) {
    $("newest").hidden = false;
  }
}

// Puts a message where it belongs, in place of what was shown of it; tells whether it is a new one.
function put(message, first = null) {
  const shown = element(message);
  const known = document.getElementById(`m-${message.id}`);
  if (known) {
    known.replaceWith(shown);
    if (tracesOf(shown)) openTraces(shown);
    return 0;
  }
  const after = message.thread === message.id ? null : lastOf(message.thread);
  if (after) after.after(shown);
  else list.insertBefore(shown, first);
  return 1;
}

function element(message) {
  const template = document.createElement("template");
  template.innerHTML = message.html;
  const shown = template.content.firstElementChild;
  shown.id = `m-${message.id}`;
  shown.dataset.id = message.id;
  shown.dataset.thread = message.thread;
  localise(shown);
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

function lastOf(thread) {
  const all = list.querySelectorAll(`[data-thread="${CSS.escape(thread)}"]`);
  return all.length ? all[all.length - 1] : null;
}

function localise(shown) {
  for (const time of shown.querySelectorAll("time[datetime]")) {
    time.textContent = clock.format(new Date(time.dateTime));
  }
}

function trim() {
  if (list.childElementCount <= MOST) return;
  while (list.childElementCount > TRIMMED) list.firstElementChild.remove();
  $("older").hidden = false;
}

async function showOlder() {
  const first = list.firstElementChild;
  // A reply may stand apart from its thread: what is older than all of these is asked for.
  const before = first ? first.dataset.id : "";
  const query = new URLSearchParams({ place, before });
  const data = await ask(`/sandbox/messages?${query}`);
  const height = chat.scrollHeight;
  for (const message of data.messages) if (!$(`m-${message.id}`)) put(message, first);
  for (const reply of [...list.querySelectorAll(".reply")]) {
    const main = $(`m-${reply.dataset.thread}`);
    if (main && main.compareDocumentPosition(reply) & Node.DOCUMENT_POSITION_FOLLOWING) {
      lastOfExcept(reply)?.after(reply);
    }
  }
  $("older").hidden = !data.older;
  chat.scrollTop += chat.scrollHeight - height;
}

// The last message of a reply's thread before it, so that all of the thread stand together.
function lastOfExcept(reply) {
  let last = $(`m-${reply.dataset.thread}`);
  while (
    last.nextElementSibling &&
    last.nextElementSibling !== reply &&
    last.nextElementSibling.dataset.thread === reply.dataset.thread
  ) {
    last = last.nextElementSibling;
  }
  return last;
}

function showEmpty() {
  $("empty").hidden = list.childElementCount > 0;
  $("empty").textContent = "Nothing was posted here yet.";
}

function isAtEnd() {
  return chat.scrollHeight - chat.scrollTop - chat.clientHeight < STICKY;
}

function toEnd() {
  if (showsRequests) return;
  chat.scrollTop = chat.scrollHeight;
  $("newest").hidden = true;
}

function goTo(id) {
  const shown = id && $(`m-${id}`);
  if (!shown) return false;
  shown.scrollIntoView({ block: "center" });
  shown.classList.add("sought");
  return true;
}

// The request behind a message

function tracesOf(shown) {
  const next = shown.nextElementSibling;
  return next && next.matches(".traces") ? next : null;
}

function toggleTraces(button) {
  const shown = button.closest(".message");
  const box = tracesOf(shown);
  if (!box) return openTraces(shown);
  box.remove();
  button.setAttribute("aria-expanded", "false");
}

async function openTraces(shown) {
  const query = new URLSearchParams({ message: shown.dataset.id });
  const data = await ask(`/sandbox/requests?${query}`);
  shown.querySelector(".trace").setAttribute("aria-expanded", "true");
  const box = document.createElement("div");
  box.className = "traces";
  box.dataset.thread = shown.dataset.thread;
  box.dataset.id = shown.dataset.id;
  for (const each of data.requests.reverse()) box.append(exchange(each));
  if (!data.requests.length) box.textContent = "The sandbox no longer keeps this request.";
  tracesOf(shown)?.remove();
  shown.after(box);
}

function exchange(each) {
  const shown = $("exchange").content.cloneNode(true);
  const query = new URLSearchParams(each.query).toString();
  shown.querySelector(".method").textContent = each.method;
  shown.querySelector(".path").textContent = query ? `${each.path}?${query}` : each.path;
  const status = shown.querySelector(".status");
  status.textContent = each.status === null ? "no answer" : `HTTP ${each.status}`;
  status.classList.toggle("refused", each.status === null || each.status >= 400);
  const time = shown.querySelector("time");
  time.dateTime = time.title = each.time;
  time.textContent = clock.format(new Date(each.time));
  const why = shown.querySelector(".why");
  why.textContent = each.why && `The sandbox's reason: ${each.why}`;
  why.hidden = !each.why;
  written(shown.querySelector(".body"), each.body);
  written(shown.querySelector(".answer"), each.answer);
  return shown;
}

function written(box, value) {
  const isNothing = value === null || value === "";
  box.textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  box.parentElement.hidden = isNothing;
}

// All requests: also those that were refused, of which no message tells.

async function showRequests() {
  setView(true);
  const data = await ask("/sandbox/requests");
  if (!showsRequests) return;
  $("requests")?.remove();
  const box = document.createElement("div");
  box.id = "requests";
  for (const each of data.requests) box.append(exchange(each));
  if (!data.requests.length) box.textContent = "Nothing has called the sandbox yet.";
  chat.append(box);
}

function setView(isOfRequests) {
  showsRequests = isOfRequests;
  document.body.classList.toggle("requests", isOfRequests);
  if (panel) showPanel(panel);
}

let asked = 0;

function refreshRequests() {
  clearTimeout(asked);
  asked = setTimeout(() => showsRequests && showRequests(), 300);
}

// Channels and trouble

function showPanel(data) {
  const isBusier = panel && data.calls !== panel.calls;
  panel = data;
  const current = data.places.find((each) => each.key === place);
  $("title").textContent = showsRequests ? "All requests" : (current ? current.name : place);
  document.title = `${$("title").textContent} – Zoom sandbox`;
  for (const each of data.places) {
    // A sandbox that was cleared or started anew counts from the beginning.
    if ((read.get(each.key) || 0) > each.posted) read.set(each.key, 0);
  }
  if (current && !showsRequests) read.set(place, current.posted);
  showPlaces(data.places);
  $("calls").textContent = data.calls || "";
  setCurrent($("all-requests"), showsRequests);
  $("limits").checked = data.limits;
  $("waiting").textContent = data.faults.length;
  $("waiting").hidden = $("forget").hidden = !data.faults.length;
  $("fault-list").replaceChildren(...data.faults.map((each) => item(describe(each))));
  if (showsRequests && isBusier) refreshRequests();
}

function showPlaces(places) {
  const buttons = $("places").querySelectorAll("button");
  places.forEach((each, index) => {
    const button = buttons[index] || $("places").appendChild(item("")).appendChild(placeButton());
    const unread = each.posted - (read.get(each.key) || 0);
    const isCurrent = each.key === place && !showsRequests;
    button.dataset.key = each.key;
    setCurrent(button, isCurrent);
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
  if (isCurrent) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
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

function show(key, message = "") {
  $("requests")?.remove();
  setView(false);
  place = key;
  wanted = message;
  connect();
}

// The part of the address behind "#": a place, a place and a message, or all requests.
function followAddress() {
  const [key, message] = location.hash.slice(1).split("/").map(decoded);
  if (key === "requests") {
    if (!source) connect();
    showRequests();
  } else if (key === "chat") {
    if (!source) show(""); // the link for those who skip the channels leads there
  } else {
    show(key, message);
  }
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function ask(address, options) {
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(`${address}: HTTP ${response.status}`);
  return response.status === 204 ? null : response.json();
}

function post(address, value, method = "POST") {
  return ask(address, { method, body: value === undefined ? undefined : JSON.stringify(value) })
    .catch(() => state("The sandbox did not take that. Is it still there?"));
}

list.addEventListener("click", (event) => {
  const button = event.target.closest(".trace");
  if (button) toggleTraces(button);
});
$("places").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) location.hash = encodeURIComponent(button.dataset.key);
});
$("all-requests").addEventListener("click", () => { location.hash = "requests"; });
$("older").addEventListener("click", showOlder);
$("newest").addEventListener("click", toEnd);
chat.addEventListener("scroll", () => { if (isAtEnd()) $("newest").hidden = true; });
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
addEventListener("hashchange", followAddress);
addEventListener("keydown", (event) => { if (event.key === "Escape") $("trouble").open = false; });
followAddress();
