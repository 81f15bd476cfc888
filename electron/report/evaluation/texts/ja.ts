import type { ReportTexts } from './texts.ts';

const parts = (label: string) => (label === 'ok' ? '良品' : `「${label}」の部品`);

export const ja: ReportTexts = {
  title: '評価レポート',
  madeAt: '作成',
  sections: {
    summary: '要点',
    sideBySide: '比較表',
    cost: '期待費用',
    corruptions: '外乱を加えたときの精度',
    attacks: '攻撃を加えたときの精度',
    layers: '学習で変わったところ(層ごと)',
    parts: '判定が変わった部品',
    details: '監査のための詳細',
    method: '測り方',
  },
  model: 'モデル',
  roles: {
    current: (name) => `${name}(今のモデル)`,
    rethresholded: (name) => `${name}(今のモデル、しきい値だけ選び直し)`,
    candidate: (name) => `${name}(候補)`,
    randomSamples: (name) => `${name}(対照: ランダムなサンプル)`,
    randomLayers: (name) => `${name}(対照: ランダムな層)`,
    wholeModel: (name) => `${name}(基準: 全層 PGD-10)`,
  },
  reference: '基準',
  none: '–',
  sentences: (sentences) => sentences.join(''),
  list: (members) => members.join('、'),
  interval: (low, high) => `${low}～${high}`,
  good: '良品',
  defective: '不良品',
  verdict: { OK: 'OK', NG: 'NG', REVIEW: '要確認', right: '正しい', wrong: '誤り' },
  undisturbed: '外乱なし',
  condition: (name, severity) => `${name} 強さ ${severity}`,
  attacked: (norm, epsilon) => `攻撃 ${norm} ${epsilon}`,

  summary: {
    cost: (model, amount, low, high) =>
      `${model} の期待費用は、このラインの 1,000 個あたり ${amount} です(95%:${low}～${high})。`,
    cheaper: (model, other, amount, low, high) =>
      `${model} は ${other} より 1,000 個あたり ${amount} 安くなります(95%:${low}～${high})。偶然では説明できない差です。`,
    dearer: (model, other, amount, low, high) =>
      `${model} は ${other} より 1,000 個あたり ${amount} 高くなります(95%:${low}～${high})。偶然では説明できない差です。`,
    unclear: (model, other, amount, low, high) =>
      `${model} と ${other} のどちらが安いかは、この部品だけでは分かりません。差は 1,000 個あたり ${amount} です(95%:${low}～${high})。`,
    rates: (falseAlarms, escapes) =>
      `このラインの外乱のもとで、過検出率は ${falseAlarms}、見逃し率は ${escapes} です。`,
    ratesFrom: ([fromAlarms, toAlarms], [fromEscapes, toEscapes]) =>
      `このラインの外乱のもとで、過検出率は ${fromAlarms} → ${toAlarms}、見逃し率は ${fromEscapes} → ${toEscapes} です。`,
    changed: (better, worse) =>
      `外乱なしの部品のうち、判定が良くなったものは ${better} 個、悪くなったものは ${worse} 個です。`,
    unchanged: '外乱なしの部品の判定は、どれも変わっていません。',
    accuracy: (model, accuracy, low, high) =>
      `${model} は、外乱なしの部品の ${accuracy} を正しく判定します(95%:${low}～${high})。`,
    accuracyFrom: (before, after) => `外乱なしの部品を正しく判定した割合は ${before} → ${after} です。`,
    noCost: 'OK を意味するクラスがないため、過検出・見逃し・費用はありません。',
    cautions: '読むときの注意',
    fewParts: (list, enough) => `部品が少なく、種類ごとに ${enough} 個あればより確かになります:${list}。`,
    mix: (list) => `このラインの外乱:${list}。`,
    usualMix: 'ラインの外乱が指定されていないため、画像に外乱はないものとしています。',
    images: (images, good, defective) => `画像 ${images} 枚(良品 ${good} 枚、不良品 ${defective} 枚)。`,
    unreadable: (images) =>
      `読めない画像が ${images} 枚ありました。外乱なしでは要確認とし、ほかでは除いています。「詳細」に示します。`,
  },

  figures: {
    expectedCost: '期待費用(1,000 個あたり)',
    difference: '基準との差',
    falseAlarmsMix: '過検出率(ラインの外乱)',
    escapesMix: '見逃し率(ラインの外乱)',
    cleanAccuracy: '通常精度',
    auroc: 'AUROC',
    falseAlarms: '過検出率(外乱なし)',
    escapes: '見逃し率(外乱なし)',
    reviews: '要確認の率(外乱なし)',
    corruptionAccuracy: '外乱のもとでの精度(平均)',
    inference: '1 枚の判定時間',
    flops: '1 枚の演算量',
    trainFlops: '学習の演算量',
    trainTime: '学習の時間',
    trainedParameters: '学習したパラメーター数',
    flags: '数値が良く見えすぎている兆候',
  },
  robustAccuracy: (norm, epsilon) => `堅牢性精度 ${norm} ${epsilon}`,
  verdictsHeld: (norm, epsilon) => `良品を止めず見逃しもない割合 ${norm} ${epsilon}`,
  shareOfWhole: (share) => `モデル全体の敵対的学習の ${share}`,

  costItems: {
    falseAlarms: '過検出',
    escapes: '見逃し',
    reviews: '要確認',
    lineStops: 'ライン停止',
  },
  costCaption: (currency) =>
    `このラインの外乱のもとでの 1,000 個あたりの費用(${currency})。各モデルのしきい値での値で、ひげは 95% 区間です。`,
  corruptionsCaption:
    '強さ 1～5 で正しく判定した画像の割合。色が濃いほど、外乱なしと比べて失ったものが大きくなります。',
  severity: '強さ',
  mean: '平均',
  attacksCaption: (attacks) =>
    `半径の内側で試したすべての攻撃(${attacks}、最後にランダムなノイズ)に耐えた画像の割合。ひげは 95% 区間です。`,
  attackRadius: (norm) => `半径 ${norm}`,
  layersCaption: (base, images) =>
    `${base} との比較。重みの変化:‖W′ − W‖ / ‖W‖。CKA:同じ画像 ${images} 枚に対する層の出力が学習の前後でどれだけ似ているか(1 = 同じ)。`,
  module: '層',
  weights: '重みの数',
  weightChange: '重みの変化',
  cka: 'CKA',
  partsCaption: (model, other) => `${model} と ${other} の比較`,
  better: '良くなった',
  worse: '悪くなった',
  before: '前',
  after: '後',
  noChanges: 'ラインの外乱のもとで判定が変わった部品はありません。',
  noPicture: (count) => `ほかの ${count} 件は JSON ファイルにあります。`,

  details: {
    data: 'ラベル付き画像',
    images: '画像',
    file: 'ファイル',
    hash: 'SHA-256',
    kind: '種類',
    thresholds: 'しきい値',
    calibration: 'しきい値の選び方',
    byType: '種類ごとの判定(外乱なし)',
    named: '正しい種類とした割合',
    called: '判定:',
    review: '要確認',
    byLabel: '部品の種類ごと(外乱なし)',
    label: '部品の種類',
    detected: 'OK 以外とした割合',
    costs: '工場が定めた費用',
    byCondition: 'ラインの外乱ごと',
    weight: '割合',
    claims: 'この部品から言えること、言えないこと',
    unreadable: '読めなかった画像(要確認として計算)',
    leftOut: '学習が読めず除いた画像',
    attackOrder: '攻撃',
    brokenBy: '最初に誤らせたもの',
    seed: 'シード',
    processor: '計算した環境',
    version: 'Kenro',
    trainedLayers: '学習した層',
    unmet: '守れていない工場の限度',
  },
  kinds: { anomaly: '異常検知', classifier: '分類' },
  thresholdsOfType: (type) => `${type} のしきい値`,
  thresholds: (review, ng) =>
    review === ng ? `NG は ${ng} 以上` : `要確認は ${review} 以上、NG は ${ng} 以上`,
  threads: (provider, threads) => (threads === '0' ? provider : `${provider}、${threads} スレッド`),
  costInputs: {
    falseAlarm: '過検出 1 件',
    escape: '見逃し 1 件',
    review: '要確認 1 件',
    lineStop: 'ライン停止 1 回',
    defectRate: '不良品の割合',
    falseAlarmCeiling: '過検出率の上限',
    recallCeiling: '不良検出率の下限',
    latencyCeiling: '判定時間(p99)の上限',
    attackWeight: '攻撃を受けるとみなす部品の割合',
  },
  lineStop: (cost, ng, among) => `${cost}(${among} 個中 NG が ${ng} 個で停止)`,
  brokenBy: (attack, images) => `${attack} ${images} 枚`,
  noise: 'ランダムなノイズ',
  flags: {
    randomised: '同じ画像でも出力が変わるため、勾配が攻撃を誤らせます',
    probabilities: '出力がロジットではなく確率のようで、勾配が消えます',
    zeroGradients: '勾配が 0 のため、勾配に従う攻撃が動けません',
    epsilonHarmless: '画像を跡形もなく変えても判定が変わらず、攻撃の側に問題があります',
    squareFound: '勾配を使わない Square が、勾配を使う攻撃で破れなかった画像を破りました',
    noiseFound: 'ランダムなノイズが、攻撃で破れなかった画像を破りました',
  },
  flagged: (words, images, of) => `${words}(${of} 枚中 ${images} 枚)`,
  unmet: ({ ceiling, type, limit, reached }) =>
    ceiling === 'falseAlarmRate'
      ? `過検出率 ${reached}(限度 ${limit})`
      : ceiling === 'recall'
        ? `「${type ?? '不良'}」の検出率 ${reached}(目標 ${limit})`
        : ceiling === 'escapeRate'
          ? `「${type ?? '不良'}」の見逃し率 ${reached}(今のモデルは ${limit})`
          : `判定時間 ${reached}(限度 ${limit})`,
  calibrated: (basis, images, share) =>
    basis === null
      ? `選ぶしきい値なし。${images} 枚(${share})はどの数値にも使っていません`
      : `${
          basis === 'cost'
            ? '期待費用により'
            : basis === 'goodParts'
              ? '不良品がないため良品から'
              : '良品がないため不良品から'
        }、測定に使わない ${images} 枚(${share})で選択`,
  method: [
    '区間はすべて 95% です。割合は Wilson、AUROC は DeLong、費用は部品を種類ごとに(関連する部品はまとめて)復元抽出するブートストラップの百分位によります。費用の差は、同じ抽出に対して計算しています。',
    '期待費用:誤りの率はラベル付き画像から部品の種類ごとに求め、種類と外乱がどれだけの割合で来るかは工場が定めた値を使います。',
    '各攻撃は、それまでの攻撃に耐えた画像に加えます。攻撃のもとでの精度は上限であり、より強い攻撃ではさらに下がることがあります。',
    '判定時間は、このコンピューターで 1 枚ずつ判定した時間の中央値で、復号した画像から出力までです。演算量は実際に動かしたグラフから数えています。',
    'CKA は線形(Kornblith ら 2019)で、HSIC の不偏推定量を倍精度で使っています。偶然により 0 をわずかに下回ることがあります。',
    '外乱はシードと画像だけから決まり、どのモデルも同じ画像を見ています。',
  ],

  claim: (claim, percent) => {
    switch (claim.kind) {
      case 'bound':
        return claim.label === 'ok'
          ? `過検出率は ${percent(claim.atMost)} 以下です(良品 ${claim.parts} 個、95% の確かさ)。`
          : `「${claim.label}」の見逃し率は ${percent(claim.atMost)} 以下です(${claim.parts} 個、95% の確かさ)。`;
      case 'noDefects':
        return '不良品がないため、見逃しについては何も言えず、費用に入りません。';
      case 'noGoodParts':
        return '良品がないため、過検出については何も言えず、費用に入りません。';
      case 'attacksUntested':
        return '費用は攻撃も見込んでいますが、攻撃を試していないため計算に入りません。';
      case 'fewParts':
        return `${parts(claim.label)}は ${claim.parts} 個だけで、${claim.enough} 個に足りません。`;
      case 'ceilingUnproven':
        return claim.ceiling === 'falseAlarmRate'
          ? `過検出率が ${percent(claim.limit)} 以内に収まることはまだ示せません。${percent(claim.worst)} まであり得ます。誤りなしで良品 ${claim.needed} 個が必要です。`
          : `「${claim.label}」の検出率が ${percent(claim.limit)} に達することはまだ示せません。${percent(claim.worst)} まで下がり得ます。誤りなしで ${claim.needed} 個が必要です。`;
      case 'typeUntested':
        return `「${claim.type}」の部品がなく、試していません。`;
      case 'typeUnstated':
        return `「${claim.type}」の発生率が定められておらず、計算に入りません。`;
    }
  },
};
