/**
 * Remembers what has the focus while something opens.
 * @returns gives it back when that closes, unless the focus is somewhere else by then
 */
export function returnFocus(): () => void {
  const opener = document.activeElement;
  return () => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (isLost && opener instanceof HTMLElement && opener.isConnected) opener.focus();
  };
}
