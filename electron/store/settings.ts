import { Settings } from '../contract/domain.ts';
import { rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';

const defaults: Settings = {
  language: 'ja',
  theme: 'system',
  heatmap: true,
  heatmapOpacity: 0.5,
  keepOneOkIn: 100,
  lot: '',
  backups: { folder: null, everyHours: 24, keep: 14 },
  retention: { okDays: null, mostGb: null },
  shiftReports: { folder: null, formats: ['pdf', 'csv'], rollouts: true },
  shiftStarts: ['08:00', '16:00'],
  greeted: false,
  guideStep: 0,
  provider: 'auto',
  deviceMemoryMb: 0,
  signOutAfterMinutes: 10,
};

/** All settings; what was never set, or can no longer be read, has its default. */
export function readSettings(db: ReadableDb): Settings {
  const settings: Record<string, unknown> = { ...defaults };
  for (const { key, value } of rows<{ key: string; value: string }>(db, 'SELECT key, value FROM settings')) {
    const shape = Settings.shape[key as keyof Settings] as
      (typeof Settings.shape)[keyof Settings] | undefined;
    const parsed = shape?.safeParse(JSON.parse(value));
    if (parsed?.success === true) settings[key] = parsed.data;
  }
  return Settings.parse(settings);
}

/** `undefined` leaves a setting as it is. */
export type SettingsChange = { [Key in keyof Settings]?: Settings[Key] | undefined };

export function changeSettings(db: WritableDb, change: SettingsChange): Settings {
  return transaction(db, () => {
    for (const [key, value] of Object.entries(change)) {
      if (value === undefined) continue;
      run(
        db,
        'INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        key,
        JSON.stringify(value),
      );
    }
    return readSettings(db);
  });
}
