// The way to the sandbox: what it tells by itself, and what it is asked. Whether it answers stands
// in the page's state.

import { $, say } from "./dom.js";

const RETRY = 500; // milliseconds
const NOTICE = 10_000;
const LOST = "The sandbox does not answer. Waiting for it …";

let isConnected = false;
let ending = 0;

// Tells for a while of one thing that went wrong; without words, of none any more. While the
// sandbox does not answer at all, that is all there is to tell.
export function notice(words = "") {
  clearTimeout(ending);
  if (words) ending = setTimeout(notice, NOTICE);
  if (isConnected) state(words);
}

function setConnected(isNow) {
  if (isConnected && isNow) return;
  isConnected = isNow;
  state(isNow ? "" : LOST);
}

// Shows in words what is wrong; without any, that all is well.
function state(words) {
  document.body.classList.toggle("lost", words !== "");
  say($("state"), words || "Live");
}

// Returns the sandbox's answer; null if there is none, or a refusal.
export async function ask(address, options) {
  try {
    const response = await fetch(address, options);
    if (response.ok) return response.status === 204 ? {} : await response.json();
    const isReason = response.headers.get("content-type")?.startsWith("text/plain");
    const reason = isReason ? `: ${(await response.text()).trim()}` : ".";
    notice(`The sandbox refused that (HTTP ${response.status})${reason}`);
  } catch {
    notice("The sandbox gave no answer to that.");
  }
  return null;
}

// What the sandbox tells, again and again until it answers.
export class Stream {
  #source = null;
  #retry = 0;

  // query: returns what to ask for at this moment. heard: what is done with each kind of event.
  constructor(query, heard) {
    this.query = query;
    this.heard = heard;
  }

  get isOpen() {
    return this.#source !== null;
  }

  open() {
    this.close();
    this.#source = new EventSource(`/sandbox/events?${new URLSearchParams(this.query())}`);
    for (const [kind, hear] of Object.entries(this.heard)) {
      this.#source.addEventListener(kind, (event) => {
        setConnected(true);
        hear(JSON.parse(event.data));
      });
    }
    this.#source.addEventListener("error", () => {
      setConnected(false);
      this.close(); // a browser would ask what was asked at the beginning, or not try again
      this.#retry = setTimeout(() => this.open(), RETRY);
    });
  }

  close() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  }
}
