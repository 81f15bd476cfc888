import { randomBytes } from 'node:crypto';

/** Crockford's base 32: no letter looks like a digit or like another. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const characters = 25;
const group = 5;

/** A code to be written down and locked away: 125 bits. */
export function newRecoveryCode(): string {
  // 256 is a multiple of 32, so each character is as likely as any other.
  const drawn = [...randomBytes(characters)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return drawn.match(new RegExp(`.{${group}}`, 'g'))!.join('-');
}

/** What was typed, as it was shown: small letters, other spaces and the letters that look alike are forgiven. */
export function readRecoveryCode(typed: string): string {
  const plain = typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll(/[IL]/g, '1')
    .replaceAll('O', '0');
  return plain.match(new RegExp(`.{1,${group}}`, 'g'))?.join('-') ?? '';
}
