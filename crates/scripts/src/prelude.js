// The part of a realm that is written in JavaScript. It is evaluated before the script, and takes what it needs of the language then.
(function (startFetch, deny) {
  "use strict";
  const { parse, stringify } = JSON;
  const waiting = Object.create(null);
  let count = 0;

  class Headers {
    #values = new Map();

    constructor(init = []) {
      for (const [name, value] of Symbol.iterator in init ? init : Object.entries(init)) {
        this.append(name, value);
      }
    }
    append(name, value) {
      const known = this.get(name);
      this.set(name, known === null ? value : `${known}, ${value}`);
    }
    set(name, value) {
      this.#values.set(String(name).toLowerCase(), String(value));
    }
    get(name) {
      return this.#values.get(String(name).toLowerCase()) ?? null;
    }
    has(name) {
      return this.#values.has(String(name).toLowerCase());
    }
    delete(name) {
      this.#values.delete(String(name).toLowerCase());
    }
    entries() {
      return this.#values.entries();
    }
    keys() {
      return this.#values.keys();
    }
    values() {
      return this.#values.values();
    }
    forEach(visit) {
      this.#values.forEach((value, name) => visit(value, name, this));
    }
    [Symbol.iterator]() {
      return this.entries();
    }
  }

  class Response {
    #body;

    constructor({ status, url, headers, body }) {
      this.#body = body;
      this.status = status;
      this.ok = status >= 200 && status < 300;
      this.url = url;
      this.headers = new Headers(headers);
    }
    async text() {
      return this.#body;
    }
    async json() {
      return parse(this.#body);
    }
  }

  const fetch = async (input, { method = "GET", headers: given, body = null } = {}) => {
    const headers = new Headers(given ?? []);
    if (body !== null && !headers.has("content-type")) {
      headers.set("content-type", "text/plain;charset=UTF-8");
    }
    const request = stringify({
      url: String(input),
      method: String(method),
      headers: [...headers],
      body: body === null ? null : String(body),
    });
    count += 1;
    const number = count;
    const answer = new Promise((resolve, reject) => (waiting[number] = { resolve, reject }));
    startFetch(number, request);
    return new Response(await answer);
  };

  const silent = () => {};
  const console = { debug: silent, error: silent, info: silent, log: silent, trace: silent, warn: silent };
  for (const [name, value] of Object.entries({ console, fetch, Headers, Response })) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }

  return {
    call: async (run, argument) => run(argument),
    settle: (number, isAnswered, text) => {
      const { resolve, reject } = waiting[number];
      delete waiting[number];
      isAnswered ? resolve(parse(text)) : reject(new Error(text));
    },
    withApi: (argument) => ({
      ...argument,
      api: {
        denyAccess: (message = "") => {
          deny(String(message));
          throw new Error("access was denied");
        },
      },
    }),
  };
});
