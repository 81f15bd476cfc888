import type { ErrorKind } from '../../../electron/contract/errors.ts';
import type { ErrorText } from './i18n.svelte.ts';

export const errorsJa: Record<ErrorKind, ErrorText> = {
  badRequest: {
    what: '指示の内容に誤りがあります[({reason})]。',
    remedy: '入力した値を見直して、もう一度お試しください。',
  },
  notFound: {
    what: '{thing}[「{name}」]が見つかりません。',
    remedy: 'すでに削除された可能性があります。一覧を開き直してください。',
  },
  fileNotJson: {
    what: 'ファイル[「{file}」]が JSON として読めません[:{reason}]。',
    remedy: 'テキストエディターで直すか、作り直してください。',
  },
  fieldWrong: {
    what: '[ファイル「{file}」の]項目[「{field}」]に誤りがあります[:{reason}]。',
    remedy: 'ファイルの値を直して、もう一度お試しください。',
  },
  notAllowed: {
    what: '{thing}[「{name}」]は変更できません。',
    remedy: '使用中のものや Kenro に付属するものです。先に別のものへ切り替えてください。',
  },
  cancelled: { what: '中止しました。', remedy: '必要なら、もう一度始めてください。' },
  conflict: {
    what: '{thing}[「{name}」]は[{usedBy}「{user}」で]使われています。',
    remedy: '別の名前にするか、使っている側を先に変更してください。',
  },
  thresholdsChanged: {
    what: '[「{name}」の]しきい値は、ほかで変更されました。',
    remedy: '何も変更していません。今のしきい値を確かめて、もう一度決めてください。',
  },
  tooManyParts: {
    what: '部品が多すぎます[({parts} 個)]。一度に扱えるのは[ {most} 個]までです。',
    remedy: '期間や条件で絞り込むか、ファイルを分けてください。',
  },
  selectionChanged: {
    what: '対象の部品がその間に変わりました[(現在 {parts})]。',
    remedy: '何も変更していません。もう一度確認してから実行してください。',
  },
  batchTakenBack: {
    what: 'この判断[「{title}」]はすでに取り消されています。',
    remedy: '一覧を開き直してください。',
  },
  pictureNotKept: {
    what: '部品[ {part} ]の画像は保存されていません。',
    remedy: '画像が保存されている部品を選んでください。NG・要確認・抜取の部品は保存されます。',
  },
  encodingUnknown: {
    what: 'ファイル[「{file}」]の文字コードが分かりません。',
    remedy: 'CSV を UTF-8 か Shift_JIS で保存し直してください。',
  },
  tableEmpty: {
    what: 'ファイル[「{file}」]に行がありません。',
    remedy: '書き出し元で中身を確かめてください。',
  },
  tableTooLarge: {
    what: 'ファイル[「{file}」]が大きすぎます[({megabytes} MB まで)]。',
    remedy: '期間を分けて書き出してください。',
  },
  fileChanged: {
    what: 'ファイル[「{file}」]が確認の後に変わりました。',
    remedy: '何も取り込んでいません。ファイルを選び直してください。',
  },
  fileImported: {
    what: 'ファイル[「{file}」]はすでに取り込まれています。',
    remedy: 'やり直すときは、先に前の取込を取り消してください。',
  },
  reportFolderMissing: {
    what: '報告書のフォルダが選ばれていません。',
    remedy: '設定の「報告書」でフォルダを選んでください。',
  },
  updateUnreadable: {
    what: '[「{file}」|ファイル]は Kenro の更新ファイルではないか、読めません。',
    remedy: '拡張子が .kenroupdate のファイルを選んでください。媒体から読む場合はコピーし直してください。',
  },
  updateNotTrusted: {
    what: '[「{file}」|更新ファイル]の署名は、この Kenro の提供元のものではありません。何も更新していません。',
    remedy: 'このファイルは使わず、Kenro の提供元から更新ファイルを入手し直してください。',
  },
  updateDamaged: {
    what: '[「{file}」|更新ファイル]は壊れています(署名時の内容と一致しません)。何も更新していません。',
    remedy: 'ファイルをコピーし直してください。',
  },
  updateForOther: {
    what: 'この更新ファイルは別の種類のパソコンまたはインストール方法[({system})]用です。',
    remedy: 'この Kenro をインストールした環境用の更新ファイルを入手してください。',
  },
  updateNotPossible: {
    what: 'この Kenro はファイルから更新できません。',
    remedy: '新しいバージョンのインストーラーを実行してください。',
  },
  updateNoWayBack: {
    what: 'バージョン {version} は現在のデータベースを読めず、当時のバックアップも残っていません。',
    remedy: '現在のバージョンを使い続けるか、別のデータフォルダーで旧バージョンを起動してください。',
  },
  reportNotWritten: {
    what: 'フォルダ[「{file}」]に報告書を書けません。',
    remedy: 'フォルダの有無・空き容量・権限を確かめてください。書けるまで自動でやり直します。',
  },
  imageUnreadable: {
    what: '画像[「{file}」]を読み取れません。',
    remedy:
      'ファイルが壊れているか、画像ではありません。撮り直すか、保存形式(PNG・JPEG・BMP・TIFF・WebP)を確かめてください。',
  },
  imageTooLarge: {
    what: '画像[「{file}」]が大きすぎます[({width} × {height} 画素)]。',
    remedy: '撮像サイズを小さくするか、検査範囲を切り出してください。',
  },
  imageVanished: {
    what: '画像[「{file}」]が判定の前になくなりました。',
    remedy: '判定が終わるまで画像を移動・削除しないよう、撮像側の設定を確かめてください。',
  },
  imageIncomplete: {
    what: '画像[「{file}」]の書き込みが終わりません。',
    remedy: '撮像側が最後まで保存しているか、ネットワークの接続を確かめてください。',
  },
  imageBeyondCorrection: {
    what: '部品の位置か明るさが基準と大きく違い、補正の限度を超えています。',
    remedy: '目視で確かめてください。続く場合は、部品の置き方・カメラ・照明を確かめてください。',
  },
  folderMissing: {
    what: 'フォルダ[「{file}」]が見つかりません。',
    remedy: 'フォルダの場所とネットワークドライブの接続を確かめてください。',
  },
  folderForbidden: {
    what: 'フォルダ[「{file}」]を開く権限がありません。',
    remedy: 'フォルダのアクセス権を確かめるか、管理者に依頼してください。',
  },
  folderEmpty: {
    what: 'フォルダ[「{file}」]に画像がありません。',
    remedy: '画像(PNG・JPEG・BMP・TIFF・WebP)が入ったフォルダを選んでください。',
  },
  tooFewImages: {
    what: '画像が足りません[({found} 枚)]。',
    remedy: '良品の画像を[少なくとも {needed} 枚]用意してください。',
  },
  modelMissing: {
    what: 'モデルのファイル[「{file}」]がありません。',
    remedy: 'バックアップから戻すか、もう一度学習してください。',
  },
  modelUnreadable: {
    what: '[「{file}」は]ONNX モデルとして読み取れません。',
    remedy: 'ONNX 形式で書き出したファイルか確かめ、書き出し直してください。',
  },
  modelExternalDataMissing: {
    what: 'モデル[「{file}」]の重みファイル[「{data}」]がありません。',
    remedy: '重みファイルを ONNX ファイルと同じフォルダに置いてください。',
  },
  modelOperatorUnknown: {
    what: 'モデルに対応していない演算[「{op}」]が含まれています。',
    remedy: '別の opset で書き出すか、標準の演算だけを使うモデルにしてください。',
  },
  modelInputUnsupported: {
    what: 'モデルの入力[「{name}」]の形に対応していません[({got})]。',
    remedy: '入力が 1 または 3 チャネルの画像 1 枚であるモデルを使ってください。',
  },
  modelShapeUnresolved: {
    what: 'モデルの大きさが決まらない箇所[「{name}」]があります。',
    remedy: '入力の高さと幅を固定して書き出し直してください。',
  },
  modelOutputMissing: {
    what: 'モデルに出力[「{name}」]がありません。',
    remedy: '特徴を取り出す出力を選び直してください。',
  },
  modelHashMismatch: {
    what: 'モデルのファイル[「{file}」]が登録した時と変わっています。',
    remedy: '書き換えられた恐れがあります。バックアップから戻すか、もう一度学習してください。',
  },
  modelDiffers: {
    what: 'モデル[「{name}」]の判定が、作成時とこのPCとで一致しません[({parts})]。',
    remedy:
      '切り替えずに、使用中のモデルで続けています。設定の「計算装置」でCPUを選んでもう一度試してください。それでも一致しなければ、モデルを作り直してください。',
  },
  modelUntrusted: {
    what: 'モデル[「{name}」]は使用できません。署名がないか、有効な署名ではありません。',
    remedy: '管理者がモデルのカードで、工場の鍵で署名するか、理由を記録して使用を許可してください。',
  },
  modelSuspicious: {
    what: 'モデル[「{name}」]は使用できません。バックドアの疑いがあります。',
    remedy:
      'モデルのカードで目印を確認してください。管理者が理由を記録して使用を許可できますが、作り直すことをお勧めします。',
  },
  probePartsMissing: {
    what: 'バックドアの検査に使う不良品が足りません[(現在 {found} 個)]。',
    remedy:
      'モデルがNGと判定する部品の記録を[{needed} 個以上]用意するか、分類済みの画像と一緒にモデルを読み込んでください。',
  },
  probeUnclear: {
    what: 'モデル[「{name}」]にバックドアがあるかどうか判断できません。',
    remedy: 'この品種の良品と不良品を用意して、もう一度検査してください。',
  },
  signatureUnreadable: {
    what: '署名ファイル[「{path}」]を読み取れません。',
    remedy: 'ファイルを取り除くか、モデルに署名し直してください。',
  },
  keyFileWrong: {
    what: 'ファイル[「{path}」]に鍵がありません。',
    remedy: '受け取った鍵ファイルを選んでください。',
  },
  wrongPassphrase: {
    what: '鍵[「{name}」]のパスフレーズが違います。',
    remedy: '入力し直してください。正しい場合は鍵ファイルが変更されています。新しい鍵を作ってください。',
  },
  modelInUseDiffers: {
    what: '使用中のモデル[「{name}」]の判定が、作成時と一致しません[({parts})]。',
    remedy:
      'onnxruntimeまたはPCが変わっています。判定に注意し、設定の「計算装置」でCPUを選ぶか、別のモデルに戻すか、モデルを作り直してください。',
  },
  inRollout: {
    what: 'モデル[「{name}」]は、展開で比較中です。',
    remedy: '「展開」で前バージョンに戻すか、終了を待ってから変更してください。',
  },
  rolloutMoved: {
    what: '展開の状態が変わっています。',
    remedy:
      'ほかの人、監視、または使用モデルの変更によって状態が変わりました。現在の状態を確認してください。',
  },
  gatesOpen: {
    what: 'この段階の条件をまだ満たしていません。',
    remedy: '不足している条件は画面に表示されています。部品数を増やし、未確認の部品を判定してください。',
  },
  parameterUnknown: {
    what: 'モデルに層またはパラメータ[「{name}」]がありません。',
    remedy: '層の一覧から選び直してください[(近い名前:{near})]。',
  },
  dataNotFinite: {
    what: '画像「{name}」からネットワークへの入力が数値になりません。',
    remedy: '前処理の設定と画像を確かめてください。',
  },
  lossNotFinite: {
    what: '学習が発散しました[(ステップ{step})]。損失が数値になりません。',
    remedy:
      '学習率[(現在{learningRate})]を下げるか、勾配を制限してください。最後のチェックポイントは無事です。',
  },
  labelOutOfRange: {
    what: '「{name}」のラベル{label}は{classes}クラスのどれでもありません。',
    remedy: 'データセットのラベルを直してください。',
  },
  classEmpty: {
    what: 'クラス「{label}」に学習できる画像がありません。',
    remedy: 'このクラスの画像を追加するか、クラスを外してください。',
  },
  oneClass: {
    what: '画像がすべて同じクラス[「{label}」]です。',
    remedy: '別のクラスの画像を追加するか、良品だけから検査モデルを作成してください。',
  },
  headUnsupported: {
    what: 'このモデルには{classes}クラスの出力を付けられません。',
    remedy: '[N, C]または[N, C, H, W]の出力を持つ形で書き出してください。',
  },
  notClassifier: {
    what: 'このネットワークには1つのクラスを選ぶ出力がありません[({shape})]。',
    remedy: '[N, クラス数](2クラス以上)のロジットまたはソフトマックスを出力する形で書き出してください。',
  },
  noOkClass: {
    what: 'OKを意味するクラスがないため、このモデルは部品を合格にできません。',
    remedy: 'OKを意味するクラスにチェックを入れるか、良品も加えて学習してください。',
  },
  labelsWrong: {
    what: 'クラス名が {found} 個で、ネットワークのクラス[({needed} 個)]と合いません[:{reason}]。',
    remedy: 'ネットワークの出力の順に、クラスごとに別々の名前を付けてください。',
  },
  checkpointUnreadable: {
    what: '学習のチェックポイント[「{file}」]を読み込めません。',
    remedy: '学習を最初からやり直してください。',
  },
  memoryTooSmall: {
    what: '画像1枚の学習に必要なメモリ[({neededMb} MB)]が上限を超えています。',
    remedy: 'メモリの上限を上げるか、出力に近い層だけを学習してください。',
  },
  runExists: {
    what: 'フォルダ[「{file}」]にはすでに学習の記録があります。',
    remedy: 'その学習を再開するか、別のフォルダを選んでください。',
  },
  runMismatch: {
    what: 'この学習は別の設定[({what})]で始められました。',
    remedy: '同じ設定で再開するか、新しく学習を始めてください。',
  },
  reasonMissing: {
    what: 'モデル[「{name}」]は限度を守れていません。',
    remedy: 'それでも使う理由を入力するか、再学習してください。',
  },
  tooManyPoints: {
    what: '期間内の区分が、グラフに表示できる数({most} 個)を超えています。',
    remedy: '期間を短くするか、区切りを大きく(日など)してください。',
  },
  runFileUnreadable: {
    what: '再学習のファイル[「{file}」]がないか、壊れています[({reason})]。',
    remedy: 'バックアップから戻すか、もう一度再学習してください。作られたモデルはそのまま残ります。',
  },
  reportUnreadable: {
    what: 'レポート[「{file}」]が壊れています。',
    remedy: 'もう一度測定してください。再学習の結果には影響しません。',
  },
  gradientUnsupported: {
    what: '演算「{op}」(ノード「{node}」)をさかのぼる学習はできません[:{why}]。',
    remedy: 'それより後ろの層だけを学習するか、別の演算でモデルを書き出してください。',
  },
  providerUnavailable: {
    what: 'このコンピューターでは「{provider}」で計算できません[:{reason}]。',
    remedy:
      'グラフィックスドライバーを更新するか(CUDAでは「npm run gpu:cuda」も実行)、「cpu」を選んでください。',
  },
  patchBaseMismatch: {
    what: 'この層パッチは別のモデル用です。',
    remedy: '学習に使った元のモデルに適用してください。',
  },
  patchTensorMismatch: {
    what: 'モデルにパッチと同じ形のテンソル「{tensor}」がありません。',
    remedy: 'このパッチはこのモデルのものではありません。正しい組み合わせを選んでください。',
  },
  outputNotFinite: {
    what: 'モデルが数値にならない結果を出しました。',
    remedy: '前処理の設定とモデルを確かめてください。この部品は要確認として記録しました。',
  },
  diskFull: {
    what: 'ディスクの空きがありません[(「{file}」)]。',
    remedy: '空きを作ってください。画像の保存を減らすには「設定 → 表示と保存」を開きます。',
  },
  diskReadOnly: {
    what: '[「{file}」に]書き込めません。',
    remedy: '保存先の書き込み権限とディスクの状態を確かめてください。',
  },
  databaseCorrupt: {
    what: 'データベース[「{file}」]が壊れていました。',
    remedy:
      '[壊れたファイルは「{kept}」に残しました。][最新のバックアップ「{restored}」に戻したため、それより後の記録はありません。][残っている最後の部品は {time} のものです。]検査は続けられます。足りない記録については管理者に相談してください。',
  },
  databaseNewer: {
    what: 'データベースはより新しい版の Kenro で作られています[(版 {found}、この Kenro は {known} まで)]。',
    remedy: '新しい版の Kenro を入れてください。',
  },
  databaseLocked: {
    what: 'データベース[「{file}」]をほかのプログラムが使っています。',
    remedy: '別の Kenro が動いていないか確かめ、閉じてから始め直してください。',
  },
  backupFolderMissing: {
    what: 'バックアップの保存先が選ばれていません。',
    remedy: '設定の「バックアップ」でフォルダを選んでください。',
  },
  backupNotWritten: {
    what: 'バックアップ先のフォルダ[「{file}」]を読み書きできません。',
    remedy: '接続・空き容量・権限を確かめてください。自動でやり直します。',
  },
  backupUnreadable: {
    what: 'このバックアップの一覧[「{file}」]を読み取れません。',
    remedy: '別のバックアップを選んでください。',
  },
  backupDiffers: {
    what: 'バックアップのファイル[「{file}」]が、書いたときと違うか、なくなっています。',
    remedy: 'このバックアップは使わず、別のものを選んでください。保存先のディスクも確かめてください。',
  },
  carriedUnreadable: {
    what: '品種のファイルではないか、途中で切れています[(「{file}」)]。',
    remedy: '元のステーションで書き出し直し、もう一度コピーしてください。',
  },
  productUntrusted: {
    what: 'ファイル[「{path}」]を読み込みません。署名がないか、この装置で有効な署名ではありません。',
    remedy:
      '「設定」の「鍵と署名」で書き出し元の鍵を登録し、もう一度読み込んでください。管理者が理由を記録して読み込むこともできます。',
  },
  picturesExceed: {
    what: '良品画像をすべて消しても、画像が上限[ {mostGb} GB ]を[ {overGb} GB ]超えています。',
    remedy: 'NG・要確認の画像は自動では消しません。上限を上げるか、古い画像を別の場所へ移してください。',
  },
  restored: {
    what: '[{time} の]バックアップに戻しました。',
    remedy:
      '[それより後に記録した部品 {lostParts} 個は含まれません。][戻す前のデータは「{kept}」に残しました。]',
  },
  restarting: {
    what: 'Kenro は始め直しています。',
    remedy: '数秒後にもう一度試してください。',
  },
  engineLost: {
    what: '{peer}との通信が切れました。',
    remedy: '自動で復帰します。何度も起きる場合は Kenro を再起動してください。',
  },
  engineTimeout: {
    what: '判定エンジンが時間内に答えませんでした。',
    remedy: '自動で復帰します。続く場合はほかの重い処理を止めてください。',
  },
  noModel: {
    what: 'この品種にはまだモデルがありません。',
    remedy: '「学習」で良品の画像から学習させてください。それまでは要確認になります。',
  },
  cameraLost: {
    what: 'カメラの映像が届きません。',
    remedy: 'ケーブルと電源を確かめてください。つながれば自動で再開します。',
  },
  signInNeeded: {
    what: 'この操作には[権限「{role}」での]サインインが必要です。',
    remedy:
      '左下からサインインしてください。まだ誰もいない場合は「設定 > 利用者」で最初の管理者を登録します。',
  },
  roleLacking: {
    what: '[今の権限({own})では]この操作はできません[。必要な権限は「{role}」です]。',
    remedy: 'その権限を持つ人が左下からサインインするか、管理者に依頼してください。',
  },
  wrongPassword: {
    what: 'PIN またはパスワードが違います[。次に試せるのは {seconds} 秒後です]。',
    remedy: 'もう一度入力してください。忘れた場合は管理者が「設定 > 利用者」で再設定できます。',
  },
  tooManyAttempts: {
    what: '間違いが続きました[。{seconds} 秒待ってください]。',
    remedy: 'それまでは、正しい PIN やパスワードも受け付けません。',
  },
  secretWeak: {
    what: 'この PIN・パスワードは弱すぎます[({weakness})]。',
    remedy: '別のものにしてください。PIN は数字 {min} 桁以上、パスワードは {min} 文字以上です。',
  },
  lastAdmin: {
    what: '[「{name}」は]最後の管理者です。',
    remedy: '変更していません。先に別の人を管理者にしてください。',
  },
  auditGap: {
    what: '操作履歴の一部が失われています[({from}~{to} 番)]。',
    remedy:
      '停電やバックアップからの復元で失われたか、削除されています。この事実は履歴に記録しました。書き出した履歴と照合してください。',
  },
  browserMissing: {
    what: 'PDF の印刷に使うブラウザーが、このコンピューターにありません。',
    remedy: 'Chromium・Chrome・Edge のいずれかを入れるか、HTML で保存してください。',
  },
  printFailed: {
    what: 'ブラウザーがレポートを印刷できませんでした。',
    remedy: 'HTML で保存し、それを印刷してください。',
  },
  internal: {
    what: '思いがけない不具合が起きました。',
    remedy: '検査は続いています。繰り返す場合は、下の詳細を添えて管理者に連絡してください。',
  },
};
