export { type FilmFormat, findFfmpeg, makeFilm } from './ffmpeg.js';
export { jpegSize } from './jpeg-size.js';
export type { FilmPicture } from './matroska.js';
