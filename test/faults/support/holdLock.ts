import Database from 'better-sqlite3';

/** Run as a process of its own: holds a database for itself, as a backup program may, for so many milliseconds. */
const [path, heldMs] = process.argv.slice(2) as [string, string];
const db = new Database(path);
db.exec('BEGIN IMMEDIATE');
process.stdout.write('held\n');
setTimeout(() => db.exec('ROLLBACK').close(), Number(heldMs));
