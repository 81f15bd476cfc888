import { describe, expect, it } from 'vitest';
import { ReportData } from '../../../../../electron/contract/report.ts';
import { parseCsv } from '../../../../../electron/learning/csv.ts';
import { evaluationReport } from '../../../../../electron/report/evaluation/evaluationReport.ts';
import { reportCsv } from '../../../../../electron/report/evaluation/reportCsv.ts';
import { reportHtml } from '../../../../../electron/report/evaluation/reportHtml.ts';
import { reportJson } from '../../../../../electron/report/evaluation/reportJson.ts';
import { textsOf } from '../../../../../electron/report/evaluation/texts/index.ts';
import { measuredModels, settings } from '../../../../support/evaluations.ts';

const about = { madeAtMs: Date.UTC(2026, 4, 6, 7, 8), version: '9.8.7', settings, leftOut: [] };
const report = evaluationReport(measuredModels(), about);
const pictured: ReportData = {
  ...report,
  comparisons: report.comparisons.map((comparison) => ({
    ...comparison,
    parts: comparison.parts.map((part, at) => ({ ...part, picture: at === 0 ? 'QUJD' : null })),
  })),
};
const alone = evaluationReport(measuredModels().slice(0, 1), about);

/** What a reader sees, without tags. */
const wordsOf = (page: string) =>
  page
    .replace(/<style>[^]*<\/style>/, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

describe.each(['en', 'ja'] as const)('the report in %s', (language) => {
  const page = reportHtml(pictured, language);

  it('is complete in itself: no script, and nothing to fetch', () => {
    expect(page).toContain(`<html lang="${language}">`);
    expect(page).toMatch(/http-equiv="Content-Security-Policy"\s+content="default-src &#39;none&#39;/);
    expect(page).not.toMatch(/<script|javascript:|\son\w+=|https?:|url\(|@import/i);
    for (const [, source] of page.matchAll(/\s(?:src|href)="([^"]*)"/g)) {
      expect(source).toMatch(/^data:image\/jpeg;base64,/);
    }
  });

  it('says what each model is to a retraining', () => {
    const roles = [
      { name: 'Disc', role: 'current' },
      { name: 'Run', role: 'candidate' },
    ] as const;
    const words = wordsOf(reportHtml(evaluationReport(measuredModels(), about, roles), language));
    for (const name of roles.map((role) => textsOf(language).roles[role.role](role.name))) {
      expect(words).toContain(name);
    }
    expect(words).toContain(`${textsOf(language).roles.candidate('Run')} ·`);
    expect(words).not.toMatch(/(Disc|Run) (?![(])/);
  });

  it('shows what a classifier calls each type, with recall by type', () => {
    const [base] = measuredModels();
    const rate = (hits: number, of: number) => ({
      value: hits / of,
      interval: [0.25, 0.875] as [number, number],
      hits,
      of,
    });
    const types = {
      columns: ['ok', 'crack', 'review'],
      rows: [{ label: 'crack', images: 8, said: [1, 5, 2], named: rate(5, 8), stopped: rate(7, 8) }],
    };
    const words = wordsOf(
      reportHtml(
        evaluationReport([{ ...base!, evaluation: { ...base!.evaluation, types } }], about),
        language,
      ),
    );
    const { byType, called, review } = textsOf(language).details;
    expect(words).toContain(byType);
    expect(words).toContain(`${called} ${review}`);
    expect(words).toMatch(/crack 62\.5%.{1,12}25\.0%.{1,8}87\.5%.{0,3} 1 5 2/);
  });

  it('names the images that could not be read, in the summary by their number', () => {
    const [base, tuned] = measuredModels();
    const error = { kind: 'imageUnreadable', params: {} } as const;
    const unreadable = [{ path: '/data/ok/half.png', label: 'ok', group: null, error }];
    const models = [{ ...base!, evaluation: { ...base!.evaluation, unreadable } }, tuned!];
    const data = evaluationReport(models, { ...about, leftOut: ['/data/ok/gone.png'] });
    const words = wordsOf(reportHtml(data, language));
    const { summary, details } = textsOf(language);
    expect(words).toContain(summary.unreadable('1'));
    expect(words).toContain(`${details.unreadable} /data/ok/half.png`);
    expect(words).toContain(`${details.leftOut} /data/ok/gone.png`);
  });

  it('opens and closes every tag', () => {
    const open: string[] = [];
    const lonely = new Set(['meta', 'img', 'rect', 'path', 'polyline', '!doctype']);
    for (const [, slash, name, rest] of page.matchAll(/<(\/?)([!\w]+)([^>]*)>/g)) {
      if (lonely.has(name!.toLowerCase()) || rest!.endsWith('/')) continue;
      if (slash === '') open.push(name!);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('holds the figures, with their intervals', () => {
    const words = wordsOf(page);
    for (const figure of [
      '6.3%',
      '12.5%',
      '0.938',
      '43.8%',
      '2/255',
      '4.25 ms',
      '59.4 MFLOP',
      '1,234',
      '9.8.7',
    ]) {
      expect(words).toContain(figure);
    }
    expect(words).toMatch(/-30 -40 ?(to|～) ?-22/);
    expect(words).toMatch(/20 17 ?(to|～) ?24/);
    expect(words).toContain('0.875');
    expect(words).toContain('a'.repeat(64));
  });

  it('has no figure that is none', () => {
    for (const each of [page, reportHtml(alone, language)]) {
      expect(wordsOf(each)).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
      expect(each).not.toMatch(/="[^"]*(NaN|undefined|Infinity)/);
    }
  });

  it('escapes what comes from outside', () => {
    const hostile = evaluationReport(measuredModels(['<script>alert(1)</script>', '"><img src=x>']), {
      ...about,
      settings: { ...settings, data: '/data/<b>&amp;' },
    });
    const written = reportHtml(hostile, language);
    expect(written).not.toMatch(/<script|<b>&amp;|<img src=x/);
    expect(written).toContain('/data/&lt;b&gt;&amp;amp;');
  });
});

describe('the verdict in plain words', () => {
  const verdictWith = (difference: number, interval: [number, number]) => {
    const [comparison] = report.comparisons;
    const comparisons = [{ ...comparison!, cost: { difference, interval } }];
    return wordsOf(reportHtml({ ...report, comparisons }, 'en'));
  };

  it('says who is cheaper only where chance does not explain it', () => {
    expect(verdictWith(-30, [-40, -22])).toContain(
      'tuned.onnx costs 30 JPY less per 1,000 parts than base.onnx (95 %: 22 JPY to 40 JPY): more than chance explains.',
    );
    expect(verdictWith(30, [22, 40])).toContain('tuned.onnx costs 30 JPY more per 1,000 parts');
    expect(verdictWith(-3, [-9, 2])).toContain(
      'Whether tuned.onnx or base.onnx costs less these parts do not show',
    );
  });

  it('takes an interval without width for none where the parts are few', () => {
    const untold = 'Whether tuned.onnx or base.onnx costs less these parts do not show';
    expect(verdictWith(-30, [-30, -30])).toContain(untold);
    const [first, second] = report.models;
    const cost = { ...second!.evaluation.cost!, claims: [] };
    const models = [first!, { ...second!, evaluation: { ...second!.evaluation, cost } }];
    const comparisons = report.comparisons.map((comparison) => {
      return { ...comparison, cost: { difference: -30, interval: [-30, -30] as [number, number] } };
    });
    expect(wordsOf(reportHtml({ ...report, models, comparisons }, 'en'))).not.toContain(untold);
  });

  it('holds what a retraining has made against what new thresholds alone are worth', () => {
    const [base, tuned] = measuredModels();
    const measured = [
      base!,
      { ...base!, costs: tuned!.costs },
      { ...tuned!, costs: [null, tuned!.costs[0]!] },
    ];
    const roles = [
      { name: 'Disc', role: 'current' },
      { name: 'Disc', role: 'rethresholded' },
      { name: 'Run', role: 'candidate' },
    ] as const;
    const words = wordsOf(reportHtml(evaluationReport(measured, about, roles), 'en'));
    expect(words).toContain(
      'Run (candidate) costs 30 JPY less per 1,000 parts than Disc (current, thresholds chosen anew)',
    );
  });

  it('holds the controls of a retraining against what it has made, and not each against everything', () => {
    const [base, tuned] = measuredModels();
    const [cheaper] = tuned!.costs;
    const measured = [base!, tuned!, { ...tuned!, costs: [cheaper!, cheaper!] }];
    const roles = [
      { name: 'Disc', role: 'current' },
      { name: 'Run', role: 'candidate' },
      { name: 'Run', role: 'randomSamples' },
    ] as const;
    const words = wordsOf(reportHtml(evaluationReport(measured, about, roles), 'en'));
    const control = 'Run (control: random samples) costs 30 JPY less per 1,000 parts than';
    expect(words).toContain(`${control} Run (candidate)`);
    expect(words).not.toContain(`${control} Disc`);
  });

  it('says what one model costs, and what is to be read with care', () => {
    const words = wordsOf(reportHtml(alone, 'en'));
    expect(words).toContain(
      'base.onnx would cost 50 JPY per 1,000 parts of this line (95 %: 47 JPY to 54 JPY).',
    );
    expect(words).toContain(
      'Square, without gradients, broke what gradient attacks could not (1 of 5 images)',
    );
    expect(words).toContain('Few parts, where 30 of a kind would say more: crack 2.');
    expect(words).toContain('Only 2 parts with crack; 30 would say more.');
  });

  it('shows what was measured only: no attacks, no disturbances, no costs', () => {
    const [model] = alone.models;
    const bare: ReportData = {
      ...alone,
      settings: { ...settings, attacks: null, corruptions: [], site: { clean: 1 } },
      models: [
        {
          ...model!,
          evaluation: {
            ...model!.evaluation,
            ...{ clean: null, cost: null, corruption: {}, corruptionAccuracy: null, robust: [], flags: [] },
          },
        },
      ],
    };
    const words = wordsOf(reportHtml(bare, 'en'));
    expect(words).not.toMatch(/Accuracy under attack|Accuracy under disturbances|Expected cost per/);
    expect(words).toContain('Without a class that means OK there are no false alarms, escapes or costs.');
    expect(words).toContain('No profile of the line was given');
  });

  it('compares classifiers without a class for OK by what they are right about', () => {
    const models = report.models.map((model) => ({
      ...model,
      evaluation: { ...model.evaluation, cost: null },
    }));
    const comparisons = report.comparisons.map((comparison) => ({ ...comparison, cost: null }));
    const words = wordsOf(reportHtml({ ...report, models, comparisons }, 'en'));
    expect(words).toContain('Right about 60.0% → 80.0% of the undisturbed parts.');
    expect(words).not.toContain('Costs stated by the plant');
  });
});

describe('the report as CSV', () => {
  const [header, ...rows] = parseCsv(reportCsv(report).replace('\uFEFF', ''));
  const column = (name: string) => rows.map((row) => row[header!.indexOf(name)]);

  it('has a line for each model under each condition', () => {
    const names = ['clean', 'gaussian-noise/3', 'linf:0.0078'];
    expect(column('condition')).toEqual([...names, ...names]);
    expect(column('role')).toEqual(rows.map(() => ''));
    expect(column('model')).toEqual([...names.map(() => 'base.onnx'), ...names.map(() => 'tuned.onnx')]);
  });

  it('holds rates with their intervals, and costs where the condition is of the mix', () => {
    expect(column('accuracy')[0]).toBe('0.6');
    expect(column('accuracyLow')[0]).toBe('0.5');
    expect(column('falseAlarmRateHigh')[0]).toBe(String(1 / 3 + 0.1));
    expect(column('costPerThousand')).toEqual(['50', '50', '', '20', '20', '']);
  });
});

it('as JSON it is everything, without pictures', () => {
  const text = reportJson(pictured);
  expect(text).not.toContain('QUJD');
  const data = JSON.parse(text) as ReportData;
  expect(data.models[1]!.evaluation).toEqual(report.models[1]!.evaluation);
  expect(data.comparisons[0]!.parts).toHaveLength(3);
});

it('is what the contract says', () => {
  expect(ReportData.parse(pictured)).toEqual(pictured);
});
