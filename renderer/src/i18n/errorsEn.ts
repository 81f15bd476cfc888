import type { ErrorKind } from '../../../electron/contract/errors.ts';
import type { ErrorText } from './i18n.svelte.ts';

export const errorsEn: Record<ErrorKind, ErrorText> = {
  badRequest: {
    what: 'Something in this request is not right[ ({what})].',
    remedy: 'Check the values entered and try again.',
  },
  notFound: {
    what: '[“{what}” ]was not found.',
    remedy: 'It may have been removed already. Open the list again.',
  },
  notAllowed: {
    what: 'This is not allowed[ ({what})].',
    remedy: 'What is in use or comes with Kenro cannot be changed. Switch to another one first.',
  },
  cancelled: { what: 'Cancelled.', remedy: 'Start again if you still need it.' },
  conflict: {
    what: '[“{what}” is ]already in use.',
    remedy: 'Choose another name, or change what uses it first.',
  },
  imageUnreadable: {
    what: 'The image[ “{path}”] cannot be read.',
    remedy:
      'The file is damaged or not an image. Take it again, or check the format (PNG, JPEG, BMP, TIFF, WebP).',
  },
  imageTooLarge: {
    what: 'The image[ “{path}”] is too large[ ({width} × {height} pixels)].',
    remedy: 'Lower the capture size, or crop to the inspected area.',
  },
  imageVanished: {
    what: 'The image[ “{path}”] disappeared before it was judged.',
    remedy: 'Make sure the capture side does not move or delete images before they are judged.',
  },
  imageIncomplete: {
    what: 'The image[ “{path}”] was never written to the end.',
    remedy: 'Check that the capture side finishes saving, and check the network connection.',
  },
  folderMissing: {
    what: 'The folder[ “{path}”] was not found.',
    remedy: 'Check where the folder is, and that the network drive is connected.',
  },
  folderForbidden: {
    what: 'You may not open the folder[ “{path}”].',
    remedy: 'Check the access rights of the folder or ask your administrator.',
  },
  folderEmpty: {
    what: 'There are no images in the folder[ “{path}”].',
    remedy: 'Choose a folder that holds images (PNG, JPEG, BMP, TIFF, WebP).',
  },
  tooFewImages: {
    what: 'There are too few images[ ({found})].',
    remedy: 'Provide [at least {needed} ]images of good parts.',
  },
  modelMissing: {
    what: 'The model file[ “{path}”] is gone.',
    remedy: 'Restore it from a backup, or teach again.',
  },
  modelUnreadable: {
    what: 'The file[ “{path}”] cannot be read as an ONNX model.',
    remedy: 'Check that it was exported as ONNX, and export it again.',
  },
  modelExternalDataMissing: {
    what: 'The weights file[ “{file}”] of the model[ “{path}”] is missing.',
    remedy: 'Put the weights file into the same folder as the ONNX file.',
  },
  modelOperatorUnknown: {
    what: 'The model uses an operator[ “{op}”] that is not supported.',
    remedy: 'Export it with another opset, or use a model made of standard operators only.',
  },
  modelInputUnsupported: {
    what: 'The input[ “{name}”] of the model has a shape that is not supported[ ({shape})].',
    remedy: 'Use a model whose input is one image with 1 or 3 channels.',
  },
  modelShapeUnresolved: {
    what: 'A size inside the model cannot be determined[ (“{name}”)].',
    remedy: 'Export it again with a fixed input height and width.',
  },
  modelOutputMissing: {
    what: 'The model has no output[ “{name}”].',
    remedy: 'Choose another output to take features from.',
  },
  modelHashMismatch: {
    what: 'The model file[ “{path}”] is not the one that was registered.',
    remedy: 'It may have been altered. Restore it from a backup, or teach again.',
  },
  outputNotFinite: {
    what: 'The model answered with something that is not a number.',
    remedy: 'Check the preprocessing and the model. The part is on record as review.',
  },
  diskFull: {
    what: 'The disk is full[ (“{path}”)].',
    remedy: 'Free some space. To keep fewer images open Settings → Display and storage.',
  },
  diskReadOnly: {
    what: 'Nothing can be written[ to “{path}”].',
    remedy: 'Check the write permission and the state of the disk.',
  },
  databaseCorrupt: {
    what: 'The database[ “{path}”] was damaged.',
    remedy:
      '[The damaged file was kept as “{kept}”. ]Ask your administrator to restore records from a backup.',
  },
  databaseNewer: {
    what: 'The database was made by a newer Kenro[ (version {found}; this Kenro knows up to {known})].',
    remedy: 'Install the newer version of Kenro.',
  },
  databaseLocked: {
    what: 'Another program is using the database[ “{path}”].',
    remedy: 'Check whether another Kenro is running, close it and start again.',
  },
  engineLost: {
    what: 'The connection to the inspection engine was lost.',
    remedy: 'It comes back by itself. If this happens often, restart Kenro.',
  },
  engineTimeout: {
    what: 'The inspection engine did not answer in time.',
    remedy: 'It comes back by itself. If it goes on, stop other heavy programs.',
  },
  noModel: {
    what: 'This product has no model yet.',
    remedy: 'Teach one from images of good parts under Teach. Until then every part is a review.',
  },
  cameraLost: {
    what: 'No picture comes from the camera.',
    remedy: 'Check cable and power. It goes on by itself once the camera is back.',
  },
  internal: {
    what: 'Something unexpected went wrong.',
    remedy: 'Inspection goes on. If it happens again, send the detail below to your administrator.',
  },
};
