/** Where the window goes when the station's page keeps failing. */
export const crashPath = '/stopped';

/**
 * Shown instead of the station's page: complete in itself, without scripts, and back to the page by a link or after half
 * a minute. In both languages, because the page that knows which one to speak is not there.
 */
export const crashPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="30; url=/">
<title>Kenro</title>
<style>
body { font: 20px/1.6 system-ui, sans-serif; margin: 15vh auto; max-width: 40em; color: #1c2124; background: #e6e8ea }
a { display: inline-block; padding: .6em 1.2em; background: #1c2124; color: #fff; border-radius: .3em }
</style>
</head>
<body>
<h1>The screen stopped working</h1>
<p>Parts are still being inspected and put on record. The screen is opened again in 30 seconds.</p>
<h1 lang="ja">画面が停止しました</h1>
<p lang="ja">部品の検査と記録は続いています。30秒後に画面を開き直します。</p>
<p><a href="/">Open now / <span lang="ja">今すぐ開く</span></a></p>
</body>
</html>
`;

/** Instead of the page's own policy: no script, nothing from anywhere. */
export const crashPagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
