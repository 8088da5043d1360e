// Waiting for what another process does in its own time: mail, webhook deliveries, events.

const withinMs = 20_000;
const stepMs = 25;

/** Asks again until `look` answers something truthy, and answers that. */
export async function eventually(look, what, limitMs = withinMs) {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}
