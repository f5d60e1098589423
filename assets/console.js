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
const enliven = (root) => {
  copyButtons(root);
  for (const box of root.querySelectorAll("[data-all]")) box.hidden = false;
};
enliven(document);
addEventListener("change", (event) => {
  const all = event.target.closest("[data-all]");
  if (all) for (const box of all.closest("table").querySelectorAll("tbody [name=id]")) box.checked = all.checked;
});

// Search as you type: the same page is asked for, and its list put in place of this one.
for (const form of document.querySelectorAll("form[data-live]")) {
  const results = form.parentElement.querySelector("[data-results]");
  document.body.classList.add("live");
  let asked = new AbortController(), timer;
  const search = async () => {
    asked.abort();
    const mine = (asked = new AbortController()).signal;
    const url = new URL(form.action, location.href);
    url.search = "";
    for (const [name, value] of new FormData(form)) if (value) url.searchParams.set(name, value);
    const answer = await fetch(url, { credentials: "same-origin", signal: mine }).catch(() => null);
    if (mine.aborted) return;
    // What is wrong with a filter is said in place of the list.
    if (!answer || !(answer.ok || answer.status === 422) || answer.redirected) return form.submit();
    // Its styles have the nonce of another page, and are not needed.
    const text = (await answer.text().catch(() => "")).replace(/<style[^]*?<\/style>/g, "");
    const found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-results]");
    if (mine.aborted || !found) return;
    results.replaceChildren(...found.childNodes);
    enliven(results);
    history.replaceState(null, "", url);
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 200); });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); search(); });
}

// Who leaves a form with changes is asked. What a preview shows is no change.
const guarded = [...document.querySelectorAll("form[data-guarded]")];
const written = (form) =>
  new URLSearchParams([...new FormData(form)].filter(([name]) => !name.startsWith("preview."))).toString();
// What was sent and refused is not saved either.
const before = new Map(guarded.map((form) => [form, form.dataset.guarded ? null : written(form)]));
for (const form of guarded) form.addEventListener("submit", (event) => {
  if (!event.submitter?.formTarget) before.delete(form);
});
addEventListener("beforeunload", (event) => {
  if ([...before].some(([form, text]) => written(form) !== text)) event.preventDefault();
});

// A preview follows what is typed, each time in a frame of its own: going back does not lead through all of them.
for (const preview of document.querySelectorAll("[data-preview]")) {
  const form = preview.closest("form"), button = preview.querySelector("[formtarget]");
  button.hidden = true;
  let count = 0, timer;
  const show = () => {
    const earlier = [...preview.querySelectorAll("iframe")];
    const frame = earlier[0].cloneNode();
    frame.removeAttribute("src");
    frame.name = `preview-${++count}`;
    frame.className = "coming";
    preview.querySelector(".screen").append(frame);
    const { action, target } = form;
    form.action = button.formAction;
    form.target = frame.name;
    form.submit();
    form.action = action;
    form.target = target;
    frame.addEventListener("load", () => {
      frame.className = "";
      for (const one of earlier) one.remove();
    });
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 300); });
}

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
    if (event.submitter?.formTarget) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 2000);
  });
}
// Ctrl-K jumps anywhere, / searches this list.
for (const key of document.querySelectorAll(".jump kbd")) key.hidden = false;
addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select");
  const jumps = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  const searches = event.key === "/" && !isTyping;
  const search = (jumps && document.querySelector("[data-jump]")) || (searches && document.querySelector(".search input"));
  if (!search) return;
  event.preventDefault();
  // On a phone the field is in the menu.
  if (!search.offsetParent) return location.assign("/console/search");
  search.focus();
  search.select();
});
