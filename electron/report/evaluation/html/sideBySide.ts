import type { EvaluateReply } from '../../../contract/evaluation.ts';
import type { ReportModel } from '../../../contract/report.ts';
import { html, type Markup } from '../../page/markup.ts';
import { normWord, type View } from './view.ts';

interface Row {
  readonly name: string;
  /** The figure, and its interval or what else stands small beside it. */
  readonly of: (model: ReportModel, at: number) => readonly [figure: string, beside?: string];
}

/** All models in one table, a column each. */
export function sideBySide(view: View): Markup {
  const { data, texts } = view;
  const { models } = data;
  const rows = rowsOf(view).map(({ name, of }) => {
    const cells = models.map((model, at) => {
      const [figure, beside] = of(model, at);
      return html`<td>${figure}${beside === undefined ? null : html`<small>${beside}</small>`}</td>`;
    });
    return html`<tr>
      <th scope="row">${name}</th>
      ${cells}
    </tr>`;
  });
  const heads = models.map(({ name }, at) => {
    const isReference = at === 0 && models.length > 1;
    return html`<th scope="col">${name}${isReference ? html`<small>${texts.reference}</small>` : null}</th>`;
  });
  return html`<section>
    <h2>${texts.sections.sideBySide}</h2>
    <div class="wide">
      <table class="figures">
        <thead>
          <tr>
            <td></td>
            ${heads}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
}

type Rated = EvaluateReply['cleanAccuracy'];

function rowsOf(view: View): Row[] {
  const { data, texts, format } = view;
  const { models, settings } = data;
  const { figures } = texts;
  const has = (pick: (evaluation: EvaluateReply) => unknown) =>
    models.some(({ evaluation }) => (pick(evaluation) ?? null) !== null);
  const rate = (name: string, pick: (evaluation: EvaluateReply) => Rated | undefined): Row[] =>
    has(pick) ? [{ name, of: ({ evaluation }) => rateCell(pick(evaluation) ?? null, view) }] : [];
  const share = (name: string, pick: (evaluation: EvaluateReply) => number | null | undefined): Row[] =>
    has(pick) ? [{ name, of: ({ evaluation }) => [format.percent(pick(evaluation))] }] : [];
  const plain = (name: string, of: (evaluation: EvaluateReply) => readonly [string, string?]): Row => {
    return { name, of: ({ evaluation }) => of(evaluation) };
  };
  return [
    ...costRows(view),
    ...share(figures.falseAlarmsMix, ({ cost }) => cost?.falseAlarmRate),
    ...share(figures.escapesMix, ({ cost }) => cost?.escapeRate),
    ...rate(figures.cleanAccuracy, ({ cleanAccuracy }) => cleanAccuracy),
    ...(has(({ clean }) => clean?.auroc)
      ? [plain(figures.auroc, ({ clean }) => scoreCell(clean?.auroc ?? null, view))]
      : []),
    ...rate(figures.falseAlarms, ({ clean }) => clean?.falseAlarms),
    ...rate(figures.escapes, ({ clean }) => clean?.escapes),
    ...rate(figures.reviews, ({ clean }) => clean?.reviews),
    ...share(figures.corruptionAccuracy, ({ corruptionAccuracy }) => corruptionAccuracy),
    ...(settings.attacks?.epsilons ?? []).flatMap((epsilon) => {
      const [norm, radius] = [normWord(settings.attacks!.norm), format.radius(epsilon)];
      const at = ({ robust }: EvaluateReply) => robust.find((each) => each.epsilon === epsilon);
      return [
        ...rate(texts.robustAccuracy(norm, radius), (evaluation) => at(evaluation)?.accuracy),
        ...rate(texts.verdictsHeld(norm, radius), (evaluation) => at(evaluation)?.verdicts ?? undefined),
      ];
    }),
    plain(figures.inference, ({ inferenceMs }) => [format.milliseconds(inferenceMs)]),
    plain(figures.flops, ({ flops }) => [format.flops(flops)]),
    ...(has(({ training }) => training) ? trainingRows(view) : []),
    ...(settings.attacks
      ? [
          plain(figures.flags, ({ flags }) =>
            flags.length === 0
              ? [texts.none]
              : [`▲ ${flags.map(({ kind }) => texts.flags[kind]).join('; ')}`],
          ),
        ]
      : []),
  ];
}

function costRows(view: View): Row[] {
  const { data, texts, format } = view;
  if (data.models.every(({ evaluation }) => evaluation.cost === null)) return [];
  const { currency } = data.settings.costs;
  const cost: Row = {
    name: `${texts.figures.expectedCost} (${currency})`,
    of: ({ evaluation }) => {
      const own = evaluation.cost;
      if (!own) return [texts.none];
      const ends = own.interval?.map(format.amount) as [string, string] | undefined;
      return ends ? [format.amount(own.value), texts.interval(...ends)] : [format.amount(own.value)];
    },
  };
  const difference: Row = {
    name: `${texts.figures.difference} (${currency})`,
    of: (_, at) => {
      const own = data.comparisons.find(({ first, second }) => first === 0 && second === at)?.cost;
      if (!own) return [texts.none];
      const ends = own.interval.map(format.difference) as [string, string];
      return [format.difference(own.difference), texts.interval(...ends)];
    },
  };
  return data.models.length > 1 ? [cost, difference] : [cost];
}

function trainingRows({ texts, format }: View): Row[] {
  const { figures, none } = texts;
  return [
    {
      name: figures.trainFlops,
      of: ({ evaluation: { training } }) => {
        if (!training) return [none];
        const { flops, wholeFlops } = training;
        return wholeFlops === null
          ? [format.flops(flops)]
          : [format.flops(flops), texts.shareOfWhole(format.percent(flops / wholeFlops))];
      },
    },
    {
      name: figures.trainTime,
      of: ({ evaluation: { training } }) => [training ? format.seconds(training.seconds) : none],
    },
    {
      name: figures.trainedParameters,
      of: ({ evaluation: { training } }) => [training ? format.count(training.parameters) : none],
    },
  ];
}

function rateCell(rate: Rated, { texts, format }: View): [string, string?] {
  if (!rate) return [texts.none];
  const ends = rate.interval.map(format.percent) as [string, string];
  return [format.percent(rate.value), texts.interval(...ends)];
}

function scoreCell(
  auroc: NonNullable<EvaluateReply['clean']>['auroc'],
  { texts, format }: View,
): [string, string?] {
  if (!auroc) return [texts.none];
  return [
    format.score(auroc.value),
    texts.interval(...(auroc.interval.map(format.score) as [string, string])),
  ];
}
