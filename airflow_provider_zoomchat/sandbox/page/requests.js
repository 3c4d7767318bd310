// The requests: those behind a message, and all of them, refused ones too, of which no message
// tells.

import { $, say, sayTime } from "./dom.js";
import { ask } from "./sandbox.js";

const SEEK = 200; // milliseconds after the last key

// Shows the requests behind a message beneath it, or takes them away.
export async function toggleTraces(shown) {
  if (isTraced(shown)) closeTraces(shown);
  else await openTraces(shown);
}

// Whether somebody wants to see the requests behind a message, be they there or still to come.
export function isTraced(shown) {
  return shown.querySelector(".trace").getAttribute("aria-expanded") === "true";
}

export async function openTraces(shown) {
  shown.querySelector(".trace").setAttribute("aria-expanded", "true");
  const query = new URLSearchParams({ message: shown.dataset.id });
  const data = await ask(`/sandbox/requests?${query}`);
  if (!data) closeTraces(shown);
  if (!isTraced(shown)) return;
  const box = document.createElement("div");
  box.className = "traces";
  for (const each of data.requests.reverse()) box.append(exchange(each));
  if (!data.requests.length) box.textContent = "The sandbox keeps no request behind this message.";
  shown.querySelector(".traces")?.remove();
  shown.querySelector(".content").append(box);
}

function closeTraces(shown) {
  shown.querySelector(".trace").setAttribute("aria-expanded", "false");
  shown.querySelector(".traces")?.remove();
}

let refresh = 0;
let latest = 0; // the number of the last question: no answer to an older one is shown after it

// Takes all requests away: they were another sandbox's.
export function forgetRequests() {
  latest += 1;
  $("requests").replaceChildren();
}

// Shows all requests soon: once for many changes.
export function showRequestsSoon() {
  refresh ||= setTimeout(showRequests, 300);
}

export async function showRequests() {
  clearTimeout(refresh);
  refresh = 0;
  const asked = ++latest;
  const query = new URLSearchParams({
    place: $("filter-place").value,
    status: $("filter-status").value,
    words: $("filter-words").value,
  });
  const data = await ask(`/sandbox/requests?${query}`);
  if (!data || asked !== latest) return;
  const box = $("requests");
  const unfolded = new Set([...box.querySelectorAll("[open]")].map((each) => each.dataset.number));
  const wanted = data.requests.map((each) => (isPlainToken(each) ? folded : exchange)(each));
  for (const each of wanted) each.toggleAttribute("open", unfolded.has(each.dataset.number));
  // What has not changed stays, and so does what somebody has selected in it.
  for (const known of [...box.children]) {
    if (!wanted.some((each) => each.isEqualNode(known))) known.remove();
  }
  let next = box.firstElementChild;
  for (const each of wanted) {
    if (next?.isEqualNode(each)) next = next.nextElementSibling;
    else box.insertBefore(each, next);
  }
  const isFiltered = [...query.values()].some(Boolean);
  $("no-requests").hidden = wanted.length > 0;
  say($("no-requests"), isFiltered ? "No request fits." : "Nothing has called the sandbox yet.");
}

// Offers the places by which the requests can be filtered.
export function showFilters(places) {
  const select = $("filter-place");
  const known = [...select.options].slice(1).map((each) => each.value);
  if (places.map((each) => each.key).join() === known.join()) return;
  const chosen = select.value;
  while (select.length > 1) select.remove(1);
  for (const each of places) select.add(new Option(each.name, each.key));
  select.value = places.some((each) => each.key === chosen) ? chosen : "";
}

// Calls for a token that went well say little, and are many.
function isPlainToken(each) {
  return each.path.startsWith("/oauth/token") && each.status === 200;
}

// A request of which one line is to be seen, until somebody opens it.
function folded(each) {
  const whole = exchange(each);
  const shown = $("folded").content.firstElementChild.cloneNode(true);
  shown.dataset.number = each.number;
  shown.firstElementChild.append(...whole.firstElementChild.childNodes);
  whole.firstElementChild.remove();
  shown.append(...whole.childNodes);
  return shown;
}

let seeking = 0;
for (const kind of ["input", "change"]) {
  $("filters").addEventListener(kind, () => {
    clearTimeout(seeking);
    seeking = setTimeout(showRequests, SEEK);
  });
}
$("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  showRequests();
});

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
  sayTime(time, each.time);
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
