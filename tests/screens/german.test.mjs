// Every screen in a language of long words.

import { fitsInEach } from './screens.mjs';

fitsInEach('de');
