// Keeps the page as new as the daemon: it puts in what the server sends, and keeps open what was opened.
"use strict";

const inside = document.getElementById("inside");
const live = document.getElementById("live");
let waiting = null;

function show(html) {
  const active = document.activeElement;
  if (inside.contains(active) && active.matches("button:active")) {
    waiting = html; // never under a finger
    return;
  }
  waiting = null;
  const open = new Map([...inside.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  const buttons = [...inside.querySelectorAll("button")];
  const focused = buttons.indexOf(active);
  inside.innerHTML = html; // made and escaped by the daemon
  for (const each of inside.querySelectorAll("details[id]")) {
    if (open.has(each.id)) each.open = open.get(each.id);
  }
  if (focused >= 0) {
    const now = inside.querySelectorAll("button");
    if (now.length === buttons.length) now[focused].focus({ preventScroll: true });
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

document.addEventListener("pointerup", () => { if (waiting !== null) setTimeout(() => waiting !== null && show(waiting), 300); });
document.addEventListener("submit", (event) => {
  const gives = event.target.querySelector("button.danger");
  if (gives && !confirm("Give this report up? It is never sent, and its content is deleted.")) event.preventDefault();
});
listen();
