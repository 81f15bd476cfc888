import Database from 'better-sqlite3';

/** Run as a process of its own: holds a database for itself, as a backup program may, until its standard input ends. */
const db = new Database(process.argv[2] as string);
db.exec('BEGIN IMMEDIATE');
process.stdout.write('held\n');
process.stdin.on('end', () => db.exec('ROLLBACK').close()).resume();
