/** For each path as many of its last parts as tell it from the others; equal paths are numbered. */
export function shortNames(paths: readonly string[]): string[] {
  const names = paths.map((path) => {
    const parts = path.split(/[\\/]/).filter((part) => part !== '');
    const tail = (length: number) => parts.slice(-length).join('/');
    const isShared = (length: number) =>
      paths.some((other) => other !== path && `/${other.replaceAll('\\', '/')}`.endsWith(`/${tail(length)}`));
    let length = 1;
    while (length < parts.length && isShared(length)) length += 1;
    return tail(length);
  });
  return names.map((name, at) => {
    const before = names.slice(0, at).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}
