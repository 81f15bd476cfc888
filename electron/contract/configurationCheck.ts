import type { Model, Product, Settings, Source } from './domain.ts';
import type { Person } from './people.ts';
import { isUncleared } from './probe.ts';

/** What of a station's settings is looked at. */
export interface CheckedConfiguration {
  readonly settings: Pick<Settings, 'keepOneOkIn' | 'signOutAfterMinutes'>;
  readonly products: readonly Product[];
  readonly sources: readonly Pick<Source, 'productId' | 'paused'>[];
  readonly models: readonly Model[];
  readonly people: readonly Pick<Person, 'role' | 'active'>[];
  /** Share of OK parts of a product that a human is shown; a product that is missing was not asked about. */
  readonly auditShares: readonly { readonly productId: number; readonly perTenThousand: number }[];
}

export const dangers = [
  'neverNg',
  'typeNeverNg',
  'allOk',
  'noReviewBand',
  'untrusted',
  'suspicious',
  'override',
  'differs',
  'noAudit',
  'noOkPictures',
  'longSignIn',
  'noAdmin',
] as const;
export type Danger = (typeof dangers)[number];

/** A setting that lets defects through, or hides that they get through. */
export interface Finding {
  readonly danger: Danger;
  /** Product or model that it is set for, by name. */
  readonly name?: string;
  /** Defect types, minutes, or a reason: what the words need. */
  readonly detail?: string;
  /** Where it is set, as the page's address. */
  readonly place: string;
}

/** A classifier's score is a probability. */
const mostProbable = 1;
/** A threshold this many times the score that 99 % of good parts stay below is reached by no defect worth the name. */
const farBeyond = 5;
const longSignInMinutes = 60;

/**
 * Names dangerous settings, the gravest first. Pure; whoever may see them sees the same.
 * Products whose sources all stand still are looked at too: they may be started any time.
 */
export function checkConfiguration(configuration: CheckedConfiguration): Finding[] {
  const { products } = configuration;
  const found = [
    ...products.flatMap((product) => ofProduct(product, configuration)),
    ...ofStation(configuration),
  ];
  return found.sort((one, other) => dangers.indexOf(one.danger) - dangers.indexOf(other.danger));
}

function ofProduct(product: Product, { models, sources, auditShares }: CheckedConfiguration): Finding[] {
  const model = models.find(({ id }) => id === product.activeModelId);
  const isUsed = sources.some(({ productId }) => productId === product.id);
  // Without a model every part is a review; without a source there are no parts.
  if (!model || !isUsed) return [];
  const { name } = product;
  const thresholds = `settings/thresholds/${product.id}`;
  return [
    ...(isNeverNg(model, model.thresholds.ng)
      ? [{ danger: 'neverNg', name, place: thresholds } as const]
      : []),
    ...typesNeverNg(model).map((detail) => {
      return { danger: 'typeNeverNg', name, detail, place: thresholds } as const;
    }),
    ...(model.classes && model.classes.labels.every((label) => model.classes!.okLabels.includes(label))
      ? [{ danger: 'allOk', name, place: `settings/models/${model.id}` } as const]
      : []),
    ...smoothingFindings(product, model),
    ...trustFindings(model),
    ...(model.parity?.passed === false
      ? [{ danger: 'differs', name: model.name, place: `settings/models/${model.id}` } as const]
      : []),
    ...(auditShares.some(({ productId, perTenThousand }) => productId === product.id && perTenThousand === 0)
      ? [{ danger: 'noAudit', name, place: 'review/sampling' } as const]
      : []),
  ];
}

function isNeverNg({ kind, thresholdInterval }: Model, ng: number): boolean {
  if (kind === 'classifier') return ng >= mostProbable;
  return thresholdInterval !== null && thresholdInterval[1] > 0 && ng > farBeyond * thresholdInterval[1];
}

function typesNeverNg(model: Model): string[] {
  const own = model.classes?.thresholdsByLabel ?? {};
  return Object.entries(own).flatMap(([label, { ng }]) => (isNeverNg(model, ng) ? [label] : []));
}

function smoothingFindings({ name, id, smoothing }: Product, model: Model): Finding[] {
  if (!smoothing) return [];
  const pairs = [model.thresholds, ...Object.values(model.classes?.thresholdsByLabel ?? {})];
  // Looks under noise then move parts from OK straight to NG and back, and nothing is left for a human.
  return pairs.some(({ review, ng }) => review >= ng)
    ? [{ danger: 'noReviewBand', name, place: `settings/thresholds/${id}` }]
    : [];
}

function trustFindings({ id, name, trust, probe }: Model): Finding[] {
  const place = `settings/models/${id}`;
  const override = trust?.override ?? null;
  const isUnsigned = trust !== undefined && trust.state !== 'signed';
  const isBlocked = isUncleared(probe, override);
  const isLetIn = override !== null && !isBlocked && (isUnsigned || probe?.isSuspicious === true);
  return [
    ...(isBlocked ? [{ danger: 'suspicious', name, place } as const] : []),
    ...(isUnsigned && override === null ? [{ danger: 'untrusted', name, place } as const] : []),
    ...(isLetIn ? [{ danger: 'override', name, detail: override.reason, place } as const] : []),
  ];
}

function ofStation({ settings, people }: CheckedConfiguration): Finding[] {
  const { keepOneOkIn, signOutAfterMinutes } = settings;
  const hasAdmin = people.some(({ role, active }) => active && role === 'admin');
  return [
    ...(keepOneOkIn === 0 ? [{ danger: 'noOkPictures', place: 'settings/display' } as const] : []),
    ...(signOutAfterMinutes > longSignInMinutes
      ? [{ danger: 'longSignIn', detail: String(signOutAfterMinutes), place: 'settings/people' } as const]
      : []),
    ...(hasAdmin ? [] : [{ danger: 'noAdmin', place: 'settings/people' } as const]),
  ];
}
