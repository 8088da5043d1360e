// Passkeys: the one thing on these pages that a browser does only for a script. What it is asked
// stands in the form; its answer goes back as a field of the same form.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (it) => it.charCodeAt(0));
const text = (buffer) =>
  buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => list.map((it) => ({ ...it, id: bytes(it.id) }));

const ceremonies = {
  create: async (options, more) => {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    };
    const { id, response } = await navigator.credentials.create({ publicKey, ...more });
    const { clientDataJSON, attestationObject } = response;
    const transports = response.getTransports?.() ?? [];
    return { id, response: { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports } };
  },
  get: async (options, more) => {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: known(options.allowCredentials),
    };
    const { id, response } = await navigator.credentials.get({ publicKey, ...more });
    const { clientDataJSON, authenticatorData, signature, userHandle } = response;
    return {
      id,
      response: {
        clientDataJSON: text(clientDataJSON),
        authenticatorData: text(authenticatorData),
        signature: text(signature),
        userHandle: text(userHandle),
      },
    };
  },
};

// Only one question can be open: the one that waits behind the list of a field gives way.
let waiting = new AbortController();

const answer = async (form, more) => {
  const { passkey, options } = form.dataset;
  const credential = await ceremonies[passkey](JSON.parse(options), more);
  form.elements.credential.value = JSON.stringify(credential);
  form.submit();
};

// Lets the browser offer passkeys in the list that opens under the field for the address.
const offerInList = async (form) => {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  await answer(form, { mediation: "conditional", signal: waiting.signal }).catch(() => {});
};

const start = (form) => {
  const problem = form.querySelector("[data-problem]");
  const inList = form.hasAttribute("data-in-list");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    waiting.abort();
    try {
      await answer(form);
    } catch {
      // The browser has told why, or the reader has turned away; it does not say which to a page.
      problem.hidden = false;
      if (inList) offerInList(form);
    }
  });
  if (inList) offerInList(form);
};

if (window.PublicKeyCredential && navigator.credentials) {
  for (const one of document.querySelectorAll("[data-with-passkeys]")) one.hidden = false;
  for (const one of document.querySelectorAll("[data-without-passkeys]")) one.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) start(form);
  // Whoever has a lock on this device can be offered a passkey later.
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then((can) => {
    for (const input of document.querySelectorAll("input[name=passkeys]")) input.value = can ? "yes" : "";
  });
}
