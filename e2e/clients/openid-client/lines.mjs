// How the tests drive a program: one JSON request per line in, one JSON answer per line out.
import { createInterface } from 'node:readline';

/** Answers with what the function of the name in `action` returns, or with its failure. */
export async function answer(actions) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { action, ...rest } = JSON.parse(line);
    try {
      console.log(JSON.stringify({ value: (await actions[action](rest)) ?? null }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error), code: error.error ?? error.code, cause: error.cause }));
    }
  }
}
