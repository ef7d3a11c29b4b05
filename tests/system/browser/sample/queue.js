"use strict";

// Repeats of a held key carry a star.
document.addEventListener("keydown", (event) => {
  if (event.target.id === "note" || event.key === "Shift") return;
  document.getElementById("keys").textContent += event.key + (event.repeat ? "*" : "") + " ";
});

// Late, as an answer over a network is.
document.getElementById("acknowledge").addEventListener("click", () => {
  setTimeout(() => {
    document.querySelector(".waiting").remove();
    document.getElementById("plate").textContent += " 已确认";
  }, 200);
});
