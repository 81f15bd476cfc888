/** Of the screen of training parts, signatures, and dangerous settings. */
export const securityJa = {
  'stage.screenFeatures': '部品の特徴を抽出',
  'stage.screen': '疑わしい部品を探索',
  'screen.title': '疑わしい部品',
  'screen.hint':
    'ラベルの誤り、改ざん、異物の疑いがある部品です。写真を見て、使うか外すかを決めてください。外しても写真は消えません。',
  'screen.none': '疑わしい部品はありません({images}枚を確認)。',
  'screen.count': '{images}枚のうち{suspects}枚',
  'screen.shown': '疑いの強い順に{shown}枚を表示',
  'screen.more': 'さらに表示',
  'screen.keys': '矢印キーで移動、Dで外す、Kで使う',
  'screen.keep': '使う',
  'screen.drop': '外す',
  'screen.dropped': '外した部品: {count}枚(学習にも試験にも使いません)',
  'screen.dropAll': '表示中をすべて外す',
  'screen.keepAll': 'すべて使う',
  'screen.stated': 'ラベル: {label}',
  'screen.check.neighbours': '似た部品の{figure}が「{class}」',
  'screen.check.outOfFold': '未学習の分類器では「{class}」{figure}',
  'screen.check.signature': 'クラスの中で突出(標準偏差の{figure}倍)',
  'screen.check.cluster': '別の集まりの1枚({members}枚、その{figure}は他クラス寄り)',
  'screen.check.alone': '他の部品にない箇所(標準偏差の{figure}倍)',
  'screen.weak':
    'この特徴でクラスを見分けられるのは{share}だけです。ラベルの確認は、2つの方法が一致した場合のみ疑いとします。',
  'screen.tooFew': '枚数が少なくラベルを確認できないクラス: {classes}',
  'screen.limits':
    '疑いは証拠ではありません。正しいラベルのまま小さな目印を入れた改ざんは、見つからないことがあります。',
  'screen.skipped': '読み取れなかった画像: {count}枚',
  'screen.make': '疑わしい部品を調べる',
  'screen.again': 'もう一度調べる',
  'screen.decided': '確認済み: 疑い{suspects}枚、外した部品{dropped}枚',
  'audit.action.retrain.screen': '学習用の部品を確認',
} as const;
