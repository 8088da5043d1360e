// The two pages of the application.

const escape = (text) =>
  String(text ?? '').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><link rel="icon" href="data:,"><main>${body}</main></html>`;

/** The page for everybody; `reason` tells why somebody has to sign in again. */
export function homePage(reason) {
  const told = reason ? `<p role="alert">${escape(reason)}</p>` : '';
  return page('Welcome', `<h1>Welcome</h1>${told}<a href="/sign-in">Sign in</a> <a href="/sign-up">Sign up</a>`);
}

export function accountPage({ user, organizationId, role, permissions, sessionId, impersonator }) {
  const facts = {
    Email: user.email,
    Organization: organizationId,
    Role: role,
    Permissions: permissions?.join(' '),
    Session: sessionId,
    Impersonator: impersonator?.email,
  };
  const list = Object.entries(facts).map(([name, value]) => `<dt>${name}</dt><dd>${escape(value)}</dd>`);
  return page(
    'Account',
    `<h1>Account</h1><dl>${list.join('')}</dl>
    <form method="post" action="/switch"><label>Organization ID <input name="organization" required></label> <button>Switch organization</button></form>
    <form method="post" action="/sign-out"><button>Sign out</button></form>`,
  );
}
