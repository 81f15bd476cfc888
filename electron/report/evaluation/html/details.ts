import type { EvaluateReply, SiteCost } from '../../../contract/evaluation.ts';
import type { ReportModel } from '../../../contract/report.ts';
import { html, type Content, type Markup } from '../../page/markup.ts';
import { conditionWord, labelWord, money, normWord, type View } from './view.ts';

type Fact = readonly [name: string, value: Content];

/** What an auditor asks for: files, hashes, thresholds, what the plant stated, and what the parts cannot show. */
export function details(view: View): Markup {
  const { data, texts } = view;
  const isBilled = data.models.some(({ evaluation }) => evaluation.cost !== null);
  return html`<section class="details">
    <h2>${texts.sections.details}</h2>
    ${facts(runFacts(view))}
    ${
      isBilled
        ? html`<h3>${texts.details.costs}</h3>
            ${facts(costFacts(view))}`
        : null
    }
    ${data.models.map((model) => modelDetails(model, view))}
    <h2>${texts.sections.method}</h2>
    <ul class="method">
      ${texts.method.map((line) => html`<li>${line}</li>`)}
    </ul>
  </section>`;
}

function facts(list: readonly Fact[]): Markup {
  return html`<dl>
    ${list.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function runFacts({ data, texts, format }: View): Fact[] {
  const { settings, version, madeAtMs } = data;
  const { attacks } = settings;
  const unreadable = data.models[0]!.evaluation.unreadable.map(({ path }) => path);
  return [
    [texts.madeAt, format.dateTime(madeAtMs)],
    [texts.details.version, version],
    [texts.details.data, settings.data],
    [texts.details.seed, String(settings.seed)],
    [texts.details.processor, texts.threads(settings.provider, String(settings.threads))],
    ...(attacks
      ? [
          [
            texts.details.attackOrder,
            `${attacks.attacks.join(' → ')}, ${normWord(attacks.norm)} ${attacks.epsilons.map(format.radius).join(', ')}${stepsOf(attacks.steps)}`,
          ] as const,
        ]
      : []),
    ...files(texts.details.unreadable, unreadable),
    ...files(texts.details.leftOut, data.leftOut),
  ];
}

function files(name: string, paths: readonly string[]): Fact[] {
  return paths.length === 0 ? [] : [[name, paths.map((path) => html`<div>${path}</div>`)]];
}

function stepsOf(steps: Readonly<Record<string, number>>): string {
  const words = Object.entries(steps).map(([attack, count]) => `${attack} × ${count}`);
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function costFacts(view: View): Fact[] {
  const { data, texts, format } = view;
  const { costs } = data.settings;
  const { ceilings, lineStop } = costs;
  const { costInputs } = texts;
  const types = Object.entries(costs.escapeByType).map(([type, cost]) => `${type} ${money(cost, view)}`);
  const rates = Object.entries(costs.defectRateByType ?? {}).map(
    ([type, rate]) => `${type} ${format.percent(rate)}`,
  );
  const stated = (list: readonly string[]) => (list.length === 0 ? '' : ` (${list.join(', ')})`);
  const optional = (name: string, value: number | null, write: (value: number) => string): Fact[] =>
    value === null ? [] : [[name, write(value)]];
  return [
    [costInputs.falseAlarm, money(costs.falseAlarm, view)],
    [costInputs.escape, `${money(costs.escape, view)}${stated(types)}`],
    [costInputs.review, money(costs.review, view)],
    ...(lineStop
      ? [
          [
            costInputs.lineStop,
            texts.lineStop(
              money(lineStop.cost, view),
              format.count(lineStop.ng),
              format.count(lineStop.parts),
            ),
          ] as const,
        ]
      : []),
    [costInputs.defectRate, `${format.percent(costs.defectRate)}${stated(rates)}`],
    ...optional(costInputs.falseAlarmCeiling, ceilings.falseAlarmRate, format.percent),
    ...optional(costInputs.recallCeiling, ceilings.recall, (limit) => {
      return `${format.percent(limit)}${stated(ceilings.criticalTypes)}`;
    }),
    ...optional(costInputs.latencyCeiling, ceilings.latencyP99Ms, format.milliseconds),
    ...optional(costInputs.attackWeight, costs.attackWeight || null, format.percent),
  ];
}

function modelDetails({ name, evaluation }: ReportModel, view: View): Markup {
  const { texts, format } = view;
  const { cost, clean, thresholds, calibration, training, robust } = evaluation;
  const broken = robust.flatMap(({ epsilon, brokenBy }): Fact[] => {
    const words = Object.entries(brokenBy).map(([attack, images]) =>
      texts.brokenBy(attack === 'noise' ? texts.noise : attack, format.count(images)),
    );
    return words.length === 0
      ? []
      : [[`${texts.details.brokenBy} (${format.radius(epsilon)})`, words.join(', ')]];
  });
  return html`<h3>${name}</h3>
    ${facts([
      [texts.details.file, evaluation.model],
      [texts.details.hash, evaluation.sha256],
      [texts.details.kind, kindWord(evaluation, view)],
      ...(clean
        ? [
            [
              texts.details.thresholds,
              texts.thresholds(format.score(thresholds.review), format.score(thresholds.ng)),
            ] as const,
            ...Object.entries(thresholds.byType ?? {}).map(
              ([type, { review, ng }]) =>
                [
                  texts.thresholdsOfType(type),
                  texts.thresholds(format.score(review), format.score(ng)),
                ] as const,
            ),
          ]
        : []),
      ...(calibration
        ? [
            [
              texts.details.calibration,
              texts.calibrated(
                calibration.basis,
                format.count(calibration.images),
                format.percent(calibration.share),
              ),
            ] as const,
          ]
        : []),
      ...(training?.layers ? [[texts.details.trainedLayers, training.layers.join(', ')] as const] : []),
      ...broken,
    ])}
    ${clean ? labelTable(clean, view) : null} ${evaluation.types ? typeTable(evaluation.types, view) : null}
    ${cost ? conditionTable(cost, view) : null} ${cost ? claimList(cost, view) : null}`;
}

/** A detector that tells types apart is measured as one of OK and NG, and is a classifier all the same. */
function kindWord({ kind, labels, types }: EvaluateReply, { texts }: View): string {
  const classes = types ? types.columns.slice(0, -1) : labels;
  return `${texts.kinds[types ? 'classifier' : kind]} (${classes.join(', ')})`;
}

function labelTable({ byLabel }: NonNullable<EvaluateReply['clean']>, view: View): Markup {
  const { texts, format } = view;
  const { details: words } = texts;
  return tableOf(
    words.byLabel,
    [words.label, words.images, words.detected, texts.figures.auroc],
    byLabel.map(({ label, images, detected, auroc }) => [
      labelWord(label, view),
      format.count(images),
      format.rate(detected),
      format.score(auroc),
    ]),
  );
}

/** The confusion matrix, with the share called by its own type. */
function typeTable({ columns, rows }: NonNullable<EvaluateReply['types']>, view: View): Markup {
  const { texts, format } = view;
  const { details: words } = texts;
  const column = (name: string) => (name === 'ok' ? 'OK' : name === 'review' ? words.review : name);
  return tableOf(
    words.byType,
    [words.label, words.named, ...columns.map((name) => `${words.called} ${column(name)}`)],
    rows.map(({ label, named, said }) => [
      labelWord(label, view),
      format.rate(named),
      ...said.map(format.count),
    ]),
  );
}

function conditionTable({ byCondition }: SiteCost, view: View): Markup {
  const { texts, format } = view;
  const { details: words, figures } = texts;
  return tableOf(
    words.byCondition,
    [
      '',
      words.weight,
      figures.expectedCost,
      texts.costItems.falseAlarms,
      texts.costItems.escapes,
      texts.costItems.reviews,
    ],
    byCondition.map(({ name, weight, value, falseAlarmRate, escapeRate, reviewRate }) => [
      conditionWord(name, view),
      format.percent(weight),
      format.amount(value),
      ...[falseAlarmRate, escapeRate, reviewRate].map(format.percent),
    ]),
  );
}

function tableOf(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): Markup {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([first, ...cells]) =>
          html`<tr>
            <th scope="row">${first!}</th>
            ${cells.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function claimList({ claims }: SiteCost, { texts, format }: View): Markup | null {
  if (claims.length === 0) return null;
  return html`<h4>${texts.details.claims}</h4>
    <ul>
      ${claims.map((claim) => html`<li>${texts.claim(claim, format.percent)}</li>`)}
    </ul>`;
}
