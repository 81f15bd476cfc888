import type { MenuItemConstructorOptions } from 'electron';

/** Standard entries only: everything about the line is on the page. Electron names them in the system's language. */
export function menuTemplate(platform: NodeJS.Platform, isPackaged: boolean): MenuItemConstructorOptions[] {
  const view: MenuItemConstructorOptions[] = [
    { role: 'reload' },
    { type: 'separator' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
  ];
  return [
    ...(platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
    { role: 'editMenu' },
    { role: 'viewMenu', submenu: isPackaged ? view : [...view, { role: 'toggleDevTools' }] },
    { role: 'windowMenu' },
  ];
}
