// Small helps of the console. Every page works without them, more slowly.
const copyButtons = (root) => {
  for (const button of navigator.clipboard ? root.querySelectorAll("[data-copy]") : []) {
    const label = button.textContent;
    button.hidden = false;
    button.onclick = async () => {
      const done = await navigator.clipboard.writeText(button.dataset.copy).then(() => true, () => false);
      if (!done) return;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2000);
    };
  }
};
copyButtons(document);

// Search as you type: the same page is asked for, and its list put in place of this one.
for (const form of document.querySelectorAll("form[data-live]")) {
  const results = form.parentElement.querySelector("[data-results]");
  document.body.classList.add("live");
  let asked = 0, timer;
  const search = async () => {
    const mine = ++asked;
    const url = new URL(form.action, location.href);
    url.search = "";
    for (const [name, value] of new FormData(form)) if (value) url.searchParams.set(name, value);
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (mine !== asked) return;
    if (!answer || !answer.ok || answer.redirected) return form.submit();
    // Its styles have the nonce of another page, and are not needed.
    const text = (await answer.text()).replace(/<style[^]*?<\/style>/g, "");
    const found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-results]");
    if (mine !== asked || !found) return;
    results.replaceChildren(...found.childNodes);
    copyButtons(results);
    history.replaceState(null, "", url);
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 200); });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); search(); });
}

// Who leaves a form with changes is asked.
const guarded = [...document.querySelectorAll("form[data-guarded]")];
const written = (form) => new URLSearchParams(new FormData(form)).toString();
const before = new Map(guarded.map((form) => [form, written(form)]));
for (const form of guarded) form.addEventListener("submit", () => before.delete(form));
addEventListener("beforeunload", (event) => {
  if ([...before].some(([form, text]) => written(form) !== text)) event.preventDefault();
});

// What must be typed first opens the button.
for (const input of document.querySelectorAll("[data-confirm]")) {
  const button = input.form.querySelector("[type=submit]");
  const check = () => { button.disabled = input.value.trim() !== input.dataset.confirm.trim(); };
  input.addEventListener("input", check);
  check();
}

// A program keeps the indentation of the line above. Tab leads to the next field, as everywhere.
for (const editor of document.querySelectorAll("[data-code]")) {
  editor.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const indent = /[^\n]*$/.exec(editor.value.slice(0, editor.selectionStart))[0].match(/^[ \t]*/)[0];
    if (!indent) return;
    event.preventDefault();
    editor.setRangeText(`\n${indent}`, editor.selectionStart, editor.selectionEnd, "end");
    editor.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

for (const toast of document.querySelectorAll(".toast")) {
  const url = new URL(location.href);
  url.searchParams.delete("done");
  history.replaceState(null, "", url);
  setTimeout(() => toast.remove(), 6000);
}

// A form is sent once.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 2000);
  });
}
addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select");
  const wanted = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !isTyping);
  const search = wanted && document.querySelector(".search input");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});
