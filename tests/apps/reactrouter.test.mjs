import { reactrouter } from './applications.mjs';
import { tokenInReactRouter } from './sealed.mjs';
import { walk, walkToAStricterOrganization, walkWithSealedCookie } from './walks.mjs';

// The library sends whoever has no session to sign in.
const all = walk(reactrouter, { refused: (person) => person.sees('Sign in') });

walkWithSealedCookie(all, { tokenIn: tokenInReactRouter });
walkToAStricterOrganization(all);
