// Photos, made small on the phone before anything else happens to them.
import { fit } from "./decide";

async function bitmap(file: File): Promise<ImageBitmap | HTMLImageElement> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    const image = new Image();
    image.src = URL.createObjectURL(file);
    await image.decode(); // <img> turns by EXIF itself
    return image;
  }
}

/** JPEG of at most `most` pixels a side; drawing it anew drops EXIF. A file the browser cannot read goes as it is: the server decides. */
export async function shrink(file: File, most: number): Promise<File> {
  try {
    const picture = await bitmap(file);
    const [width, height] = fit(picture.width, picture.height, most);
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d");
    if (!pen) return file;
    pen.fillStyle = "#fff"; // transparent PNGs would turn black
    pen.fillRect(0, 0, width, height);
    pen.drawImage(picture, 0, 0, width, height);
    if ("close" in picture) picture.close();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}
