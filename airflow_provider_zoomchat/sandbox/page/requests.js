// The requests: those behind a message, and all of them, refused ones too, of which no message
// tells.

import { $, sayTime } from "./dom.js";
import { ask } from "./sandbox.js";

// Shows the requests behind a message beneath it, or takes them away.
export function toggleTraces(button) {
  const shown = button.closest(".message");
  if (button.getAttribute("aria-expanded") === "false") {
    openTraces(shown);
  } else {
    button.setAttribute("aria-expanded", "false");
    shown.querySelector(".traces")?.remove();
  }
}

export async function openTraces(shown) {
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

let refresh = 0;

// Shows all requests soon: once for many changes.
export function showRequestsSoon() {
  refresh ||= setTimeout(showRequests, 300);
}

export async function showRequests() {
  clearTimeout(refresh);
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
