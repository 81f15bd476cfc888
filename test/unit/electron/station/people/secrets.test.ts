import { describe, expect, it } from 'vitest';
import type { SecretKind } from '../../../../../electron/contract/people.ts';
import { newRecoveryCode, readRecoveryCode } from '../../../../../electron/station/people/recoveryCode.ts';
import { assertStrong, hashSecret, isSecret } from '../../../../../electron/station/people/secrets.ts';
import { RecoveryCode } from '../../../../../electron/contract/people.ts';

describe('a kept secret', () => {
  it('is opened by itself only, whatever the width of its characters', async () => {
    const kept = await hashSecret('482915');
    expect(await isSecret('482915', kept)).toBe(true);
    expect(await isSecret('４８２９１５', kept)).toBe(true);
    expect(await isSecret('482916', kept)).toBe(false);
    expect(await isSecret('', kept)).toBe(false);
  });

  it('differs each time, and names its settings', async () => {
    const [one, other] = await Promise.all([hashSecret('482915'), hashSecret('482915')]);
    expect(one).not.toBe(other);
    expect(one).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toContain('482915');
  });

  it('is checked with the settings it was kept with', async () => {
    // RFC 7914, section 12: scrypt("password", "NaCl", N=1024, r=8, p=16, 64 bytes)
    const hash =
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640';
    const salt = Buffer.from('NaCl').toString('base64url');
    const kept = `scrypt$1024$8$16$${salt}$${Buffer.from(hash, 'hex').toString('base64url')}`;
    expect(await isSecret('password', kept)).toBe(true);
    expect(await isSecret('passwort', kept)).toBe(false);
  });
});

describe('a new secret', () => {
  it.for<[SecretKind, string, string]>([
    ['pin', '12345', 'length'],
    ['pin', '123456', 'simple'],
    ['pin', '000000', 'simple'],
    ['pin', '48291a', 'digits'],
    ['password', 'short12', 'length'],
    ['password', 'aaaaabbbbb', 'simple'],
    ['password', '12345678', 'simple'],
    ['password', 'inspector-Yamada', 'name'],
  ])('as a %s, “%s” is refused: %s', ([kind, secret, reason]) => {
    expect(() => assertStrong(secret, kind, 'Yamada')).toThrow(
      expect.objectContaining({ kind: 'secretWeak', params: expect.objectContaining({ reason }) }),
    );
  });

  it.for<[SecretKind, string]>([
    ['pin', '482915'],
    ['pin', '４８２９１５'],
    ['password', 'くろしおのながれ2026'],
  ])('as a %s, “%s” is taken', ([kind, secret]) => {
    expect(() => assertStrong(secret, kind, 'Yamada')).not.toThrow();
  });
});

describe('a recovery code', () => {
  it('differs each time and is read as a hand may write it', () => {
    const code = newRecoveryCode();
    expect(RecoveryCode.safeParse(code).success).toBe(true);
    expect(newRecoveryCode()).not.toBe(code);
    expect(readRecoveryCode(code.toLowerCase().replaceAll('-', ' '))).toBe(code);
    expect(readRecoveryCode('o1lI0-ABCDE')).toBe('01110-ABCDE');
  });
});
