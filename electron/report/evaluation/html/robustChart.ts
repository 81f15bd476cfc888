import { html, type Markup } from '../../page/markup.ts';
import { normWord, type View } from './view.ts';

const width = 720;
const height = 300;
const margin = { left: 56, right: 28, top: 12, bottom: 44 };

/** Told apart by colour, dash and mark. */
const looks = [
  { colour: '#15191c', dash: '', mark: 'M-4-4h8v8h-8z' },
  { colour: '#0b63b4', dash: '8 4', mark: 'M0-5l5 9h-10z' },
  { colour: '#7d5200', dash: '2 3', mark: 'M0-5l5 5-5 5-5-5z' },
  { colour: '#25684a', dash: '10 3 2 3', mark: 'M-5-1.5h3.5v-3.5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5z' },
  { colour: '#8a2f5d', dash: '1 4', mark: 'M-5-5h10l-5 9z' },
  { colour: '#5b4b9c', dash: '14 4', mark: 'M-4 0l4-4 4 4-4 4zM-5-5h2v2h-2z' },
] as const;

/** Accuracy against the radius of attacks, one line a model; at radius 0 that of undisturbed images. */
export function robustChart(view: View): Markup | null {
  const { data, texts, format } = view;
  const { attacks } = data.settings;
  if (!attacks) return null;
  const most = Math.max(...attacks.epsilons);
  const room = { x: width - margin.left - margin.right, y: height - margin.top - margin.bottom };
  const x = (epsilon: number) => margin.left + (room.x * epsilon) / most;
  const y = (share: number) => margin.top + room.y * (1 - share);
  const levels = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      html`<path d="M${margin.left} ${y(share)}h${room.x}" class="grid" /><text
          x="${margin.left - 8}"
          y="${y(share) + 5}"
          class="right"
          >${Math.round(100 * share)} %</text
        >`,
  );
  const radii = [0, ...attacks.epsilons].map(
    (epsilon) =>
      html`<text x="${x(epsilon)}" y="${height - margin.bottom + 20}" class="middle"
        >${epsilon === 0 ? '0' : format.radius(epsilon)}</text
      >`,
  );
  const lines = data.models.map(({ evaluation }, at) => {
    const { colour, dash, mark } = looks[at % looks.length]!;
    const attacked = evaluation.robust.map(({ epsilon, accuracy }) => ({ epsilon, accuracy }));
    const clean = evaluation.cleanAccuracy;
    const points = [...(clean ? [{ epsilon: 0, accuracy: clean }] : []), ...attacked].sort(
      (a, b) => a.epsilon - b.epsilon,
    );
    // Whiskers of several models stand beside each other.
    const aside = 4 * (at - (data.models.length - 1) / 2);
    const path = points
      .map(({ epsilon, accuracy }) => `${x(epsilon) + aside},${y(accuracy.value)}`)
      .join(' ');
    const marks = points.map(({ epsilon, accuracy: { value, interval } }) => {
      const [low, high] = interval;
      return html`<path
          d="M${x(epsilon) + aside} ${y(low)}V${y(high)}"
          stroke="${colour}"
          opacity="0.55"
        /><path d="${mark}" transform="translate(${x(epsilon) + aside} ${y(value)})" fill="${colour}" />`;
    });
    return html`<polyline
        points="${path}"
        fill="none"
        stroke="${colour}"
        stroke-width="2"
        stroke-dasharray="${dash}"
      />${marks}`;
  });
  return html`<section class="keep">
    <h2>${texts.sections.attacks}</h2>
    <p class="soft">${texts.attacksCaption(attacks.attacks.join(', '))}</p>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${texts.sections.attacks}">
      ${levels}${radii}${lines}
      <text x="${margin.left + room.x / 2}" y="${height - 4}" class="middle soft">
        ${texts.attackRadius(normWord(attacks.norm))}
      </text>
    </svg>
    <ul class="legend">
      ${data.models.map(({ name }, at) => legendOf(name, at))}
    </ul>
  </section>`;
}

function legendOf(name: string, at: number): Markup {
  const { colour, dash, mark } = looks[at % looks.length]!;
  return html`<li>
    <svg width="40" height="14" aria-hidden="true">
      <path d="M0 7h40" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}" />
      <path d="${mark}" transform="translate(20 7)" fill="${colour}" /></svg
    >${name}
  </li>`;
}
