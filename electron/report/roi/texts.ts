import type { ReportLanguage } from '../../contract/report.ts';
import type { RoiGap, RoiItem } from '../../contract/roi.ts';

export interface RoiTexts {
  readonly title: string;
  readonly madeAt: string;
  readonly periods: string;
  readonly before: string;
  readonly after: string;
  readonly parts: string;
  readonly item: string;
  readonly perThousand: string;
  readonly monthly: string;
  readonly interval: string;
  readonly notShown: string;
  readonly total: string;
  readonly shownTotal: string;
  readonly payback: string;
  readonly months: string;
  readonly never: string;
  readonly curve: string;
  readonly costs: string;
  readonly costEach: Readonly<Record<RoiItem, string>>;
  readonly partsPerMonth: string;
  readonly hardware: string;
  readonly work: string;
  readonly running: string;
  readonly provisional: (parts: string) => string;
  readonly method: string;
  readonly items: Readonly<Record<RoiItem, string>>;
  readonly gaps: Readonly<Record<RoiGap['why'], string>>;
}

const en: RoiTexts = {
  title: 'Return on investment',
  madeAt: 'made',
  periods: 'Periods compared',
  before: 'Before',
  after: 'After',
  parts: 'parts',
  item: 'What costs money',
  perThousand: 'per 1,000 parts',
  monthly: 'Saved a month',
  interval: '95 % interval',
  notShown: 'not shown: the interval contains zero',
  total: 'All items, less running costs',
  shownTotal: 'Only what is shown, less running costs',
  payback: 'Paid back after',
  months: 'months',
  never: 'never',
  curve: 'Sum of all cash, by month; the band is the 95 % interval',
  costs: 'Reckoned with',
  costEach: {
    falseAlarms: 'A false alarm',
    reviews: 'A recheck by eye',
    stops: 'A stop of the line',
    escapes: 'An escape',
  },
  partsPerMonth: 'Parts a month',
  hardware: 'Hardware, once',
  work: 'Work, once',
  running: 'Running, a month',
  provisional: (parts) => `Provisional: ${parts} rejects are not confirmed; false alarms may still change.`,
  method:
    'Each rate is drawn anew from its Jeffreys posterior, and the draws are carried through to savings and payback. Escapes come from the audit sample of parts called OK.',
  items: { falseAlarms: 'False alarms', reviews: 'Rechecks', stops: 'Line stops', escapes: 'Escapes' },
  gaps: {
    noParts: 'left out: a period has no parts',
    noRejectJudged: 'left out: nobody has judged a reject',
    noneAudited: 'left out: no part of the audit sample is judged',
    noStopRule: 'left out: no cost and rule of stops is stated',
  },
};

const ja: RoiTexts = {
  title: '投資対効果',
  madeAt: '作成',
  periods: '比べた期間',
  before: '導入前',
  after: '導入後',
  parts: '個',
  item: '費用の項目',
  perThousand: '1,000 個あたり',
  monthly: '月あたりの効果',
  interval: '95 % 区間',
  notShown: '示せていません: 区間に 0 を含みます',
  total: '全項目の合計(運用費を引いたもの)',
  shownTotal: '示せた項目だけの合計(運用費を引いたもの)',
  payback: '投資回収期間',
  months: 'か月',
  never: '回収できません',
  curve: '累計の収支(月ごと、帯は 95 % 区間)',
  costs: '計算の前提',
  costEach: {
    falseAlarms: '過検出 1 回',
    reviews: '目視検査 1 回',
    stops: 'ライン停止 1 回',
    escapes: '見逃し 1 回',
  },
  partsPerMonth: '月の生産数',
  hardware: '設備(一度だけ)',
  work: '作業(一度だけ)',
  running: '運用費(毎月)',
  provisional: (parts) => `暫定: NG ${parts} 個が確認待ちです。過検出はまだ変わる可能性があります。`,
  method:
    '各率をジェフリーズの事後分布から引き直し、効果と回収期間まで通して区間を出しています。見逃しは OK 判定の抜取確認から推定しています。',
  items: { falseAlarms: '過検出', reviews: '目視検査', stops: 'ライン停止', escapes: '見逃し' },
  gaps: {
    noParts: '対象外: 部品のない期間があります',
    noRejectJudged: '対象外: NG の確認がまだありません',
    noneAudited: '対象外: 抜取確認がまだありません',
    noStopRule: '対象外: 停止の費用と条件が決まっていません',
  },
};

export const roiTexts: Readonly<Record<ReportLanguage, RoiTexts>> = { en, ja };
