import { KenroError, type ErrorKind } from '../contract/errors.ts';

/**
 * Why the station could not start, for a dialog or a terminal, in both languages: the page that holds all
 * other texts is not there yet.
 */
const texts: Partial<Record<ErrorKind, string>> = {
  conflict:
    'Kenro is already running with this data folder.\nこのデータフォルダーでは Kenro がすでに起動しています。',
  databaseNewer:
    'The data folder was written by a newer version of Kenro. Install that version or choose another folder.\nデータフォルダーは新しいバージョンの Kenro で作成されています。そのバージョンをインストールするか、別のフォルダーを指定してください。',
  databaseLocked:
    'Another program is using the database. Close it and start again.\n他のプログラムがデータベースを使用中です。終了してから再度起動してください。',
  databaseCorrupt:
    'The database is damaged and could not be restored.\nデータベースが破損しており、復元できませんでした。',
  diskFull:
    'The disk is full. Free some space and start again.\nディスクに空きがありません。空きを作ってから再度起動してください。',
  diskReadOnly:
    'The data folder cannot be written to. Check its permissions.\nデータフォルダーに書き込めません。アクセス権を確認してください。',
  folderForbidden:
    'The data folder may not be opened. Check its permissions.\nデータフォルダーを開けません。アクセス権を確認してください。',
};

export function startFailureText(thrown: unknown): string {
  if (thrown instanceof KenroError) {
    const details = Object.values(thrown.params).join(', ');
    const text = texts[thrown.kind] ?? thrown.kind;
    return details === '' ? text : `${text}\n(${details})`;
  }
  if (!(thrown instanceof Error)) return String(thrown);
  if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    return 'That port is taken by another program. Choose another one.\nこのポートは他のプログラムが使用中です。別のポートを指定してください。';
  }
  return thrown.message;
}

/** @param name as it was given */
export function forbiddenSwitchText(name: string): string {
  return `Kenro does not start with ${name}: it would weaken the program's protection. Remove it from the shortcut or command.\n${name} はプログラムの保護を弱めるため使用できません。ショートカットまたはコマンドから削除してください。`;
}
