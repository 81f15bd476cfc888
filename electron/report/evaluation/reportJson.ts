import type { ReportData } from '../../contract/report.ts';

/** Everything there is, every score and every changed part, without the pictures. */
export function reportJson(data: ReportData): string {
  const withoutPicture = (key: string, value: unknown) => (key === 'picture' ? undefined : value);
  return `${JSON.stringify(data, withoutPicture, 2)}\n`;
}
