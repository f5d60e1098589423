for (const note of document.querySelectorAll("[data-without-script]")) note.hidden = true;
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
const K = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));
const START = Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p)));
const words = new Int32Array(64);
const r = (x, n) => (x >>> n) | (x << (32 - n));
const firstWord = () => {
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15], y = words[i - 2];
    words[i] = words[i - 16] + (r(x, 7) ^ r(x, 18) ^ (x >>> 3)) + words[i - 7] + (r(y, 17) ^ r(y, 19) ^ (y >>> 10));
  }
  let a = START[0], b = START[1], c = START[2], d = START[3], e = START[4], f = START[5], g = START[6], h = START[7];
  for (let i = 0; i < 64; i++) {
    const t = (h + (r(e, 6) ^ r(e, 11) ^ r(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const u = ((r(a, 2) ^ r(a, 13) ^ r(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
  }
  return (a + START[0]) >>> 0;
};
const pause = () => new Promise((done) => setTimeout(done));
const work = async ({ challenge, bits, puzzles }) => {
  const bytes = Uint8Array.from(atob(challenge.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const head = new DataView(bytes.buffer);
  const found = [];
  for (let index = 0; index < puzzles; index++) {
    for (let number = 0; ; number++) {
      if (number % 4096 === 0) await pause();
      for (let i = 0; i < 8; i++) words[i] = head.getInt32(i * 4);
      words.fill(0, 8, 16);
      words[8] = (index << 24) | (number >>> 8);
      words[9] = (number << 24) | (1 << 23);
      words[15] = 37 * 8;
      if (firstWord() >>> (32 - bits) === 0) { found.push(number); break; }
    }
  }
  return [challenge, ...found].join(".");
};
const score = ({ key }) => new Promise((done, failed) => {
  const api = window.grecaptcha?.enterprise;
  if (!api) return failed();
  api.ready(() => api.execute(key, { action: "interaction" }).then(done, failed));
});
for (const field of document.querySelectorAll("input[data-captcha]")) {
  const form = field.form;
  const status = form.querySelector("[data-working]");
  const isWork = field.dataset.captcha === "work";
  let proof = isWork ? work(field.dataset) : undefined;
  let state = "open";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (state !== "open") return;
    state = "busy";
    const button = event.submitter;
    if (status) status.textContent = status.dataset.working;
    proof ??= score(field.dataset);
    try { field.value = await proof; } catch { proof = undefined; }
    if (button?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
    if (button?.hasAttribute("formaction")) form.action = button.formAction;
    form.submit();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
