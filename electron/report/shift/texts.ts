import type { ReportLanguage } from '../../contract/report.ts';

export interface ShiftTexts {
  readonly title: string;
  readonly madeAt: string;
  readonly noParts: string;
  readonly parts: string;
  readonly ok: string;
  readonly ng: string;
  readonly review: string;
  readonly errors: string;
  readonly firstPass: string;
  readonly falseAlarms: string;
  readonly escapes: string;
  readonly provisional: (count: string) => string;
  readonly unknownAlarms: string;
  readonly unknownEscapes: string;
  readonly audited: (judged: string, escapes: string) => string;
  readonly interval: string;
  readonly defects: string;
  readonly defect: string;
  readonly count: string;
}

const en: ShiftTexts = {
  title: 'Shift report',
  madeAt: 'made',
  noParts: 'No part was inspected in this shift.',
  parts: 'Parts',
  ok: 'OK',
  ng: 'NG',
  review: 'Review',
  errors: 'Could not be judged',
  firstPass: 'First-pass yield',
  falseAlarms: 'False alarms (of all parts)',
  escapes: 'Escapes (of parts judged OK)',
  provisional: (count) => `provisional: ${count} rejects are not confirmed`,
  unknownAlarms: 'unknown: no reject is judged yet',
  unknownEscapes: 'unknown: no part of the audit sample is judged yet',
  audited: (judged, escapes) => `${escapes} defective of ${judged} audited parts`,
  interval: '95 % interval',
  defects: 'Defect types',
  defect: 'Type',
  count: 'Parts',
};

const ja: ShiftTexts = {
  title: 'シフト報告書',
  madeAt: '作成',
  noParts: 'このシフトに検査した部品はありません。',
  parts: '部品',
  ok: 'OK',
  ng: 'NG',
  review: '要確認',
  errors: '判定不能',
  firstPass: '直行率',
  falseAlarms: '過検出率(全部品のうち)',
  escapes: '見逃し率(OK 判定のうち)',
  provisional: (count) => `暫定: NG ${count} 個が確認待ち`,
  unknownAlarms: '不明: NG の確認がまだありません',
  unknownEscapes: '不明: 抜取確認がまだありません',
  audited: (judged, escapes) => `抜取 ${judged} 個中 不良 ${escapes} 個`,
  interval: '95 % 区間',
  defects: '不良の種類',
  defect: '種類',
  count: '個数',
};

export const shiftTexts: Readonly<Record<ReportLanguage, ShiftTexts>> = { en, ja };
