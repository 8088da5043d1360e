import { express } from './applications.mjs';
import { tokenInIron } from './sealed.mjs';
import { walk, walkWithSealedCookie } from './walks.mjs';

const all = walk(express);

walkWithSealedCookie(all, { refused: (person, reason) => person.isTold(reason), tokenIn: tokenInIron });
