// The hash of one password in every form that can be imported, as other products export it.

import { createCipheriv, createHash, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { goodPassword as password } from './expect.mjs';

const unpadded = (bytes) => bytes.toString('base64').replace(/=+$/, '');
const salt = randomBytes(16);

// Made once with the bcrypt and argon2 libraries of Python, for Node has neither.
const bcrypt2a = '$2a$10$6O72j1efuueBPBMpJ8c9eeoA3t7YDW4g9uN0jDATX.eRULRe36U7i';
const bcrypt2b = '$2b$10$86BAEM3xYQI.Hc7wUnEqdOJWNso1.oVnWH8mOKVxkswKwiyiiXUc6';
const argon2id = '$argon2id$v=19$m=19456,t=2,p=1$V/joKG/AXTqZLSZb0v3zbg$6nAa9JApeE8HKoOSP4QHP1oOFGQyXqm7TDUR6pgDgkY';

function scrypt() {
  const key = scryptSync(password, salt, 64, { N: 16384, r: 8, p: 1 });
  return `$scrypt$v=1$n=16384,r=8,p=1,kl=64$${unpadded(salt)}$${unpadded(key)}`;
}

function pbkdf2(digest, iterations, bytes) {
  const key = pbkdf2Sync(password, salt, iterations, bytes, digest);
  return `$pbkdf2$i=${iterations},d=${digest}$${unpadded(salt)}$${unpadded(key)}`;
}

function salted(scheme, digest, parts) {
  const hash = createHash(digest).update(Buffer.concat(parts)).digest();
  return `{${scheme}}${Buffer.concat([hash, salt]).toString('base64')}`;
}

/** Firebase encrypts its project's signer key with a key that scrypt makes from the password. */
function firebaseScrypt() {
  const [rounds, memoryCost] = [8, 14];
  const signerKey = randomBytes(64);
  const separator = Buffer.from('Bw==', 'base64');
  const key = scryptSync(password, Buffer.concat([salt, separator]), 32, { N: 2 ** memoryCost, r: rounds, p: 1 });
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const hash = Buffer.concat([cipher.update(signerKey), cipher.final()]);
  const [h, s, sk, ss] = [hash, salt, signerKey, separator].map((bytes) => bytes.toString('base64'));
  return `$firebase-scrypt$hash=${h}$salt=${s}$sk=${sk}$ss=${ss}$r=${rounds}$m=${memoryCost}`;
}

/** name → the fields of a request that import it. */
export const importableHashes = {
  'bcrypt 2a': { password_hash: bcrypt2a, password_hash_type: 'bcrypt' },
  'bcrypt 2b': { password_hash: bcrypt2b, password_hash_type: 'bcrypt' },
  'bcrypt 2y': { password_hash: bcrypt2b.replace('$2b$', '$2y$'), password_hash_type: 'bcrypt' },
  argon2: { password_hash: argon2id, password_hash_type: 'argon2' },
  scrypt: { password_hash: scrypt(), password_hash_type: 'scrypt' },
  'firebase-scrypt': { password_hash: firebaseScrypt(), password_hash_type: 'firebase-scrypt' },
  'pbkdf2 sha256': { password_hash: pbkdf2('sha256', 600_000, 32), password_hash_type: 'pbkdf2' },
  'pbkdf2 sha512': { password_hash: pbkdf2('sha512', 210_000, 64), password_hash_type: 'pbkdf2' },
  ssha: { password_hash: salted('SSHA', 'sha1', [Buffer.from(password), salt]), password_hash_type: 'ssha' },
  'ssha256, salt after': { password_hash: salted('SSHA256', 'sha256', [Buffer.from(password), salt]), password_hash_type: 'ssha256' },
  'ssha256, salt before': {
    password_hash: salted('SSHA256', 'sha256', [salt, Buffer.from(password)]),
    password_hash_type: 'ssha256',
    password_salt_position: 'prefix',
  },
};
