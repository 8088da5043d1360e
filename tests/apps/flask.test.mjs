import { flask } from './applications.mjs';
import { tokenInFernet } from './sealed.mjs';
import { walk, walkWithSealedCookie } from './walks.mjs';

const all = walk(flask);

walkWithSealedCookie(all, { refused: (person, reason) => person.isTold(reason), tokenIn: tokenInFernet });
