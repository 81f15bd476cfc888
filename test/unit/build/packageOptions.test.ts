import { expect, test } from 'vitest';
import { readPackageOptions } from '../../../build/package.ts';
import { checkNatives, thisTarget } from '../../../build/packaging/natives.ts';

test('this computer is packaged for unless another is named', () => {
  expect(readPackageOptions([])).toMatchObject({ ...thisTarget, dirOnly: false, updateKey: null });
  expect(readPackageOptions(['--platform', 'win32', '--arch', 'arm64', '--dir'])).toMatchObject({
    platform: 'win32',
    arch: 'arm64',
    dirOnly: true,
  });
  expect(readPackageOptions(['--help'])).toBeNull();
});

test.each([
  [['--platform', 'toString'], 'none of linux, win32, darwin'],
  [['--arch', 'ia32'], 'neither x64 nor arm64'],
  [['--electron', '/not/there'], 'is not there'],
  [['--update-key', '/not/there'], 'is not there'],
  [['--nonsense'], 'nonsense'],
])('%s is refused in so many words', (args, why) => expect(() => readPackageOptions(args)).toThrow(why));

test('binaries that are missing are named, with the way to them', () => {
  expect(() => checkNatives('/no/project', { platform: 'win32', arch: 'x64' })).toThrow(
    /prebuilds\/win32-x64\.node.*@img\/sharp-win32-x64.*npm ci --os=win32 --cpu=x64/,
  );
});
