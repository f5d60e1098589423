for (const button of document.querySelectorAll(".reveal")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const show = (on) => { input.type = on ? "text" : "password"; button.setAttribute("aria-pressed", on); };
  button.hidden = false;
  button.onclick = () => { show(input.type === "password"); input.focus(); };
  input.form.addEventListener("submit", () => show(false));
}
for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const label = button.textContent;
  button.hidden = false;
  button.onclick = async () => {
    const done = await navigator.clipboard.writeText(button.dataset.copy).then(() => true, () => false);
    button.hidden = !done;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 2000);
  };
}
for (const field of document.querySelectorAll("[data-for-numbers]")) {
  const select = field.querySelector("select");
  const input = field.previousElementSibling.querySelector("input");
  const show = () => { field.hidden = select.disabled = !/^\s*(?!00)[\d(][\d\s().\/-]*$/.test(input.value); };
  input.addEventListener("input", show);
  show();
}
const again = () => { for (const form of document.forms) delete form.dataset.sent; };
for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(again, 2000);
  });
}
addEventListener("pageshow", again);
addEventListener("focus", again);
