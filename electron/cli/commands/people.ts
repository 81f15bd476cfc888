import { UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { table } from '../terminal.ts';

export const people: Command = {
  name: 'people',
  summary: 'Shows who can sign in at a station, or lets an administrator back in.',
  usage: '[list | recover] [--data-dir DIR]',
  details: [
    'list     names, roles and who may sign in (default)',
    'recover  makes a new recovery code for the sign-in dialog ("PIN or password lost?"); the station must not be',
    '         running, and it goes on record in the audit trail',
  ],
  flags: {
    'data-dir': { type: 'string', value: 'DIR', help: 'where the station keeps its data' },
  },
  run: async (given, { terminal, clock }) => {
    const [action = 'list'] = given.positionals;
    const dataDir = given.text('data-dir');
    // The database is loaded for those who read it.
    const { listStationPeople, makeRecoveryCode } = await import('../stationPeople.ts');
    if (action === 'list') {
      const found = listStationPeople(dataDir);
      if (given.has('json')) for (const person of found) terminal.result({ ...person }, []);
      else {
        const rows = found.map(({ name, role, active }) => [name, role, active ? 'yes' : 'no']);
        terminal.result({}, table([['name', 'role', 'may sign in'], ...rows]));
      }
    } else if (action === 'recover') {
      const { code, names } = await makeRecoveryCode(dataDir, clock);
      terminal.result({ recoveryCode: code, administrators: names }, [
        code,
        `It works once, for ${names.join(' or ')}: start Kenro, choose Sign in, then "PIN or password lost?".`,
      ]);
    } else throw new UsageError(`there is no "people ${action}"`);
  },
};
