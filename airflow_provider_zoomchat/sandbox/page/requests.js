// The requests: those behind a message, and all of them, refused ones too, of which no message
// tells.

import { $, sayTime } from "./dom.js";
import { ask } from "./sandbox.js";

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
  if (!data.requests.length) box.textContent = "The sandbox no longer keeps this request.";
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
  const data = await ask("/sandbox/requests");
  if (!data || asked !== latest) return;
  const box = $("requests");
  const wanted = data.requests.map(exchange);
  // What has not changed stays, and so does what somebody has selected in it.
  for (const known of [...box.children]) {
    if (!wanted.some((each) => each.isEqualNode(known))) known.remove();
  }
  let next = box.firstElementChild;
  for (const each of wanted) {
    if (next?.isEqualNode(each)) next = next.nextElementSibling;
    else box.insertBefore(each, next);
  }
  $("no-requests").hidden = wanted.length > 0;
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
