// The page: shows what /sandbox/events tells, and asks for the rest when somebody wants to see it.
//
// Whoever is at the end of a place follows it. Whoever has scrolled up reads on undisturbed: what
// comes is counted, and what is shown changes only where a message itself does.

import { toggleAnswering } from "./answering.js";
import { $, say, setCurrent } from "./dom.js";
import * as messages from "./messages.js";
import { showPlaces } from "./places.js";
import {
  forgetRequests, showFilters, showRequests, showRequestsSoon, toggleTraces,
} from "./requests.js";
import { ask, notice, Stream } from "./sandbox.js";
import { showTrouble } from "./trouble.js";

const STICKY = 80; // pixels from the end that count as the end
const MARGIN = 8; // pixels above a button that is kept in view
const ROOM = 52; // pixels at the end, for the button that leads to the newest

const chat = $("chat");
const read = new Map(); // place -> how many of its messages were seen

let place = "";
let life = ""; // of the sandbox: another one after a restart or a reset
let wanted = ""; // the id of a message to go to
let panel = null; // what stands around the messages, as the sandbox told it last
let follows = true;
let lastTop = 0;
let isEnd = true; // whether the newest message of the place is among those shown
let showsRequests = false;

const stream = new Stream(() => ({ place, message: wanted }), { snapshot, changes });

// What the sandbox tells

function snapshot(data) {
  const isSame = data.life === life && data.place === place;
  if (data.life !== life) {
    read.clear();
    messages.clear();
    forgetRequests();
  }
  life = data.life;
  place = data.place;
  if (isSame && !follows && !wanted && !messages.isEmpty()) readOn(data);
  else showAll(data);
  showPanel(data.panel);
  if (showsRequests) showRequests();
}

// Whoever reads older messages goes on reading them.
function readOn(data) {
  for (const message of data.messages) if (messages.has(message.id)) messages.put(message);
  isEnd = isEnd && data.messages.every((message) => messages.has(message.id));
}

function showAll(data) {
  messages.show(data.messages);
  $("older").hidden = !data.older;
  isEnd = !data.newer;
  showEmpty();
  const isElsewhere = goTo(wanted) && !isNearEnd();
  follows = isEnd && !isElsewhere;
  if (follows) keepToEnd();
  wanted = "";
}

function changes(data) {
  // What is older than all that is shown comes, as it is then, with "Show older messages": here
  // it would stand above a gap that nothing fills.
  const oldest = messages.oldest();
  for (const message of data.messages.filter((each) => each.number >= oldest)) {
    const hasRoom = messages.has(message.id) || messages.hasThreadOf(message);
    if (hasRoom || (follows && isEnd)) messages.put(message);
    else isEnd = false;
  }
  if (follows && messages.trim()) {
    $("older").hidden = false;
    keepToEnd();
  }
  if (data.panel) showPanel(data.panel);
  showEmpty();
}

function showEmpty() {
  $("empty").hidden = !messages.isEmpty();
  $("empty").textContent = "Nothing was posted here yet.";
}

// Returns whether it is there.
function goTo(id) {
  const shown = messages.nodeOf(id);
  if (shown) {
    shown.classList.add("sought");
    shown.scrollIntoView({ block: "center" });
  } else if (id && !messages.isEmpty()) {
    notice("The message that was asked for is no longer here.");
  }
  return shown !== undefined;
}

function showPanel(data) {
  const isBusier = panel && (data.calls !== panel.calls || data.answered !== panel.answered);
  panel = data;
  const current = data.places.find((each) => each.key === place);
  const unread = (each) => each.posted - (read.get(each.key) || 0);
  const news = current ? unread(current) : 0;
  if (current && follows && !showsRequests) read.set(place, current.posted);
  const title = showsRequests ? "All requests" : current ? current.name : place;
  say($("title"), title);
  document.title = `${title} – Zoom sandbox`;
  $("newest").hidden = follows;
  $("newest").textContent = read.has(place) && news ? `${news} new ↓` : "To the newest ↓";
  showPlaces(data.places, showsRequests ? null : place, unread);
  $("calls").textContent = data.calls || "";
  setCurrent($("all-requests"), showsRequests);
  showTrouble(data.faults, data.limits);
  showFilters(data.places);
  messages.showScheduled(data.scheduled);
  if (showsRequests && isBusier) showRequestsSoon();
}

// Older and newer messages

async function showOlder() {
  const beginning = () => [life, place, messages.oldest()].join();
  const asked = beginning();
  const query = new URLSearchParams({ place, before: messages.oldest() });
  const data = await ask(`/sandbox/messages?${query}`);
  if (!data || asked !== beginning()) return;
  const height = chat.scrollHeight;
  const top = chat.scrollTop;
  follows = false;
  for (const message of data.messages) if (!messages.has(message.id)) messages.put(message);
  $("older").hidden = !data.older;
  chat.scrollTop = top + chat.scrollHeight - height;
}

function showNewest() {
  notice();
  follows = true;
  if (isEnd) {
    toEnd();
    showPanel(panel);
  } else {
    stream.open();
  }
}

// Stays at the end, unless somebody is busy there.
function keepToEnd() {
  if (!isBusy()) toEnd();
}

function toEnd() {
  if (showsRequests) return;
  chat.scrollTop = chat.scrollHeight;
  // Where old messages went this is further up than before, and nobody has scrolled there.
  lastTop = chat.scrollTop;
}

function isNearEnd() {
  return chat.scrollHeight - chat.scrollTop - chat.clientHeight < STICKY;
}

function onScroll() {
  const isUp = chat.scrollTop < lastTop - 1;
  lastTop = chat.scrollTop;
  followOrNot(isUp);
}

// Whether something can be seen that somebody has opened, to read it or to write. It stays where it
// is while messages come below.
function isBusy() {
  const view = chat.getBoundingClientRect();
  return [...$("messages").querySelectorAll(".traces, .answering")].some((each) => {
    const { top, bottom } = each.getBoundingClientRect();
    return bottom > view.top && top < view.bottom;
  });
}

// Follows whoever is at the end, and no longer whoever left it.
function followOrNot(hasLeft) {
  if (showsRequests) return;
  const wasFollowing = follows;
  if (isNearEnd()) {
    if (isEnd) follows = true;
    else showNewest();
  } else if (hasLeft) {
    follows = false;
  }
  if (follows !== wasFollowing && panel) showPanel(panel);
}

// Where somebody goes

// The part of the address behind "#": a place, a place and a message, or all requests.
function followAddress() {
  notice();
  const [key, message] = location.hash.slice(1).split("/").map(decoded);
  if (key === "requests") {
    if (!stream.isOpen) stream.open();
    setView(true);
    return;
  }
  place = key;
  wanted = message || "";
  follows = !wanted;
  document.querySelector(".sought")?.classList.remove("sought");
  stream.open();
  setView(false);
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function setView(isOfRequests) {
  showsRequests = isOfRequests;
  document.body.classList.toggle("requests", isOfRequests);
  if (panel) showPanel(panel);
  if (isOfRequests) showRequests();
}

chat.addEventListener("click", async (event) => {
  const button = event.target.closest(".trace, .respond");
  if (!button) return;
  const isRequest = button.classList.contains("trace");
  await (isRequest ? toggleTraces : toggleAnswering)(button.closest(".message"));
  if (isRequest) bringIntoView(button);
  followOrNot(true); // what somebody opens is to be read, and may push the end away
});
// Shows as much of the requests behind a message as there is room for beneath the button.
function bringIntoView(button) {
  const opened = button.closest(".message").querySelector(".traces");
  if (!opened) return;
  const view = chat.getBoundingClientRect();
  const beneath = opened.getBoundingClientRect().bottom - view.bottom + ROOM;
  const above = button.getBoundingClientRect().top - view.top - MARGIN;
  chat.scrollTop += Math.max(0, Math.min(beneath, above));
}

$("places").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const address = `#${encodeURIComponent(button.dataset.key)}`;
  if (location.hash === address) followAddress();
  else location.hash = address;
});
$("all-requests").addEventListener("click", () => { location.hash = "requests"; });
$("older").addEventListener("click", showOlder);
$("newest").addEventListener("click", showNewest);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  chat.focus();
});
addEventListener("hashchange", followAddress);
chat.addEventListener("scroll", onScroll);
new ResizeObserver(() => {
  if (follows) keepToEnd();
  else if (isEnd) followOrNot(false); // what was open may be closed
}).observe($("messages"));
// A browser allows six connections to one address, and each page would keep one.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) stream.close();
  else stream.open();
});
followAddress();
