// Keeps the page as new as the daemon: it puts in what the server sends, and keeps open what was opened.
"use strict";

const inside = document.getElementById("inside");
const live = document.getElementById("live");
let waiting = null;

function show(html) {
  const active = document.activeElement;
  const chosen = getSelection();
  const pressed = inside.contains(active) && active.matches("button:active");
  if (pressed || (!chosen.isCollapsed && inside.contains(chosen.anchorNode))) {
    waiting = html; // never under a finger, nor under what is being copied
    return;
  }
  waiting = null;
  const open = new Map([...inside.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  const stops = [...inside.querySelectorAll("button, summary")];
  const focused = stops.indexOf(active);
  inside.innerHTML = html; // made and escaped by the daemon
  for (const each of inside.querySelectorAll("details[id]")) {
    if (open.has(each.id)) each.open = open.get(each.id);
  }
  if (focused >= 0) {
    const now = inside.querySelectorAll("button, summary");
    if (now.length === stops.length) now[focused].focus({ preventScroll: true });
  }
}

function listen() {
  const source = new EventSource("events");
  source.onopen = () => { live.textContent = "Live."; };
  source.onmessage = (event) => show(event.data);
  source.onerror = () => {
    live.textContent = "Not connected; trying again.";
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
}

for (const over of ["pointerup", "selectionchange"]) {
  document.addEventListener(over, () => { if (waiting !== null) setTimeout(() => waiting !== null && show(waiting), 300); });
}
document.addEventListener("submit", (event) => {
  const gives = event.target.querySelector("button.danger");
  if (gives && !confirm("Give this report up? It is never sent, and its content is deleted.")) event.preventDefault();
});
listen();
