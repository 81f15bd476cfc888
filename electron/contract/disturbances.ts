/** What people call each disturbance of the suite (native-models/images/corruptions), by family. */
export const disturbanceWords = {
  'gaussian-noise': { en: 'Sensor noise', ja: 'センサーノイズ' },
  'shot-noise': { en: 'Shot noise', ja: 'ショットノイズ' },
  'impulse-noise': { en: 'Impulse noise', ja: 'インパルスノイズ' },
  'defocus-blur': { en: 'Defocus', ja: 'ピントずれ' },
  'motion-blur': { en: 'Motion blur', ja: '搬送によるぶれ' },
  'vibration-blur': { en: 'Vibration blur', ja: '振動によるぶれ' },
  exposure: { en: 'Exposure', ja: '露出の変動' },
  contrast: { en: 'Contrast', ja: 'コントラスト' },
  gamma: { en: 'Gamma', ja: 'ガンマ' },
  'illumination-gradient': { en: 'Uneven light', ja: '照明むら' },
  vignetting: { en: 'Vignetting', ja: '周辺減光' },
  banding: { en: 'Flicker bands', ja: 'フリッカー(縞)' },
  'colour-temperature': { en: 'Colour temperature', ja: '色温度' },
  'dead-pixels': { en: 'Dead pixels', ja: '画素欠け' },
  'dead-lines': { en: 'Dead lines', ja: 'ライン欠け' },
  dust: { en: 'Dust', ja: 'ほこり' },
  smudge: { en: 'Smudge', ja: 'レンズの汚れ' },
  shift: { en: 'Shift', ja: '位置ずれ' },
  rotation: { en: 'Rotation', ja: '回転' },
  scale: { en: 'Scale', ja: '大きさのずれ' },
  jpeg: { en: 'JPEG', ja: 'JPEG 圧縮' },
} as const;

export type DisturbanceName = keyof typeof disturbanceWords;

export const disturbanceNames = Object.keys(disturbanceWords) as readonly DisturbanceName[];
