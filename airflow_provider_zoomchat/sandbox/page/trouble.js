// What goes wrong with the next calls, the limits, and, beside it, the end of all messages.

import { $, item } from "./dom.js";
import { ask } from "./sandbox.js";

let hasLimits = false;

// faults: those that wait for their calls. limits: whether Zoom's rate limits hold.
export function showTrouble(faults, limits) {
  $("limits").checked = hasLimits = limits;
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

function describe(fault) {
  const what = { status: `HTTP ${fault.status}`, hang: `hang for ${fault.seconds} s` }[fault.kind];
  const where = fault.path ? `calls to …${fault.path}…` : "any call";
  return `${what || fault.kind}: ${where}${fault.times > 1 ? `, ${fault.times} times` : ""}`;
}

async function post(address, value, method = "POST") {
  const body = value === undefined ? undefined : JSON.stringify(value);
  if (!(await ask(address, { method, body }))) $("limits").checked = hasLimits;
}

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
$("clear").addEventListener("click", () => {
  $("clearing").returnValue = "";
  $("clearing").showModal();
});
$("clearing").addEventListener("close", () => {
  if ($("clearing").returnValue === "clear") post("/sandbox/reset");
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !$("trouble").open) return;
  if ($("trouble").contains(document.activeElement)) $("trouble").firstElementChild.focus();
  $("trouble").open = false;
});
