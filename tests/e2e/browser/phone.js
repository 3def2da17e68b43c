"use strict";
// A SIP phone in a page: just enough of RFC 3261, 7118 and 7616 for the tests, and the browser's own WebRTC.

const RATE_HZ = 8000;
const random = () => Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join("");

async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function parse(text) {
  const [head, body] = [text.slice(0, text.indexOf("\r\n\r\n")), text.slice(text.indexOf("\r\n\r\n") + 4)];
  const [start, ...lines] = head.split("\r\n");
  const headers = lines.map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]);
  const all = (name) => headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  const response = /^SIP\/2\.0 (\d{3})/.exec(start);
  return { start, body, all, one: (name) => all(name)[0] ?? "", status: response ? Number(response[1]) : 0 };
}

class Phone {
  constructor({ url, user, password, domain, codecs }) {
    Object.assign(this, { url, user, password, domain, codecs });
    this.contact = `<sip:${user}@${random()}.invalid;transport=ws>`;
    this.waiting = new Map(); // "CSeq" of a request to who waits for its answer
    this.cseq = 0;
    this.state = "idle";
    this.heard = [];
  }

  async open() {
    this.context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "playback" });
    await this.context.audioWorklet.addModule("ear.js");
    this.socket = new WebSocket(this.url, "sip");
    this.socket.onmessage = (event) => this.received(parse(event.data));
    await new Promise((resolve, reject) => Object.assign(this.socket, { onopen: resolve, onerror: reject }));
  }

  register() {
    const dialog = this.dialog(`sip:${this.domain}`, `sip:${this.user}@${this.domain}`);
    return this.request("REGISTER", dialog, { extra: ["Expires: 300"] });
  }

  async call(number) {
    await this.listen();
    await this.peer.setLocalDescription(await this.peer.createOffer());
    await this.gathered();
    const target = `sip:${number}@${this.domain}`;
    this.current = this.dialog(target, target);
    const answer = await this.request("INVITE", this.current, { body: this.peer.localDescription.sdp });
    if (answer.status !== 200) {
      this.state = `refused ${answer.status}`;
      return;
    }
    this.current.to = answer.one("to");
    this.current.target = /<([^>]+)>/.exec(answer.one("contact"))[1];
    this.write("ACK", this.current, answer.one("cseq").split(" ")[0], []);
    await this.peer.setRemoteDescription({ type: "answer", sdp: answer.body });
    this.state = "established";
  }

  async answer() {
    const offer = this.ringing;
    await this.listen();
    await this.peer.setRemoteDescription({ type: "offer", sdp: offer.body });
    await this.peer.setLocalDescription(await this.peer.createAnswer());
    await this.gathered();
    this.reply(offer, "200 OK", this.peer.localDescription.sdp);
    const tagged = `${offer.one("to")};tag=${this.tag}`;
    const target = /<([^>]+)>/.exec(offer.one("contact"))[1];
    this.current = { id: offer.one("call-id"), from: tagged, to: offer.one("from"), target };
    this.state = "established";
  }

  async hangUp() {
    await this.request("BYE", this.current);
    this.ended();
  }

  press(key) {
    this.peer.getSenders()[0].dtmf.insertDTMF(key, 160, 70);
  }

  // What was heard so far, as base64 of 16-bit samples at RATE_HZ.
  sound() {
    const samples = Int16Array.from(this.heard.flatMap((chunk) => Array.from(chunk)), (x) => Math.max(-1, Math.min(1, x)) * 32767);
    const bytes = new Uint8Array(samples.buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  }

  async codec() {
    const stats = Array.from((await this.peer.getStats()).values());
    const inbound = stats.find((each) => each.type === "inbound-rtp");
    const transport = stats.find((each) => each.type === "transport");
    return [stats.find((each) => each.id === inbound?.codecId)?.mimeType, transport?.dtlsState, transport?.srtpCipher];
  }

  async listen() {
    this.heard = [];
    this.peer = new RTCPeerConnection();
    const microphone = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    microphone.getTracks().forEach((track) => this.peer.addTrack(track, microphone));
    const offered = RTCRtpReceiver.getCapabilities("audio").codecs;
    const named = this.codecs.flatMap((name) => offered.filter((codec) => codec.mimeType === name));
    const events = offered.filter((codec) => codec.mimeType === "audio/telephone-event");
    this.peer.getTransceivers()[0].setCodecPreferences([...named, ...events]);
    this.peer.ontrack = (event) => this.hear(event.streams[0] ?? new MediaStream([event.track]));
  }

  hear(stream) {
    document.getElementById("speaker").srcObject = stream; // without it nothing is decoded
    const ear = new AudioWorkletNode(this.context, "ear");
    ear.port.onmessage = (event) => this.heard.push(event.data);
    this.context.createMediaStreamSource(stream).connect(ear);
    ear.connect(this.context.destination);
  }

  async gathered() {
    while (this.peer.iceGatheringState !== "complete") {
      await new Promise((resolve) => this.peer.addEventListener("icegatheringstatechange", resolve, { once: true }));
    }
  }

  ended() {
    this.peer?.close();
    this.state = "ended";
  }

  // ---- SIP

  dialog(target, to) {
    return { id: random(), from: `<sip:${this.user}@${this.domain}>;tag=${random()}`, to: `<${to}>`, target };
  }

  write(method, dialog, number, extra, body = "") {
    this.socket.send([
      `${method} ${dialog.target} SIP/2.0`,
      `Via: SIP/2.0/WS ${this.user}.invalid;branch=z9hG4bK${random()}`,
      "Max-Forwards: 70",
      `From: ${dialog.from}`,
      `To: ${dialog.to}`,
      `Call-ID: ${dialog.id}`,
      `CSeq: ${number} ${method}`,
      `Contact: ${this.contact}`,
      "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS",
      ...extra,
      ...(body ? ["Content-Type: application/sdp"] : []),
      `Content-Length: ${new TextEncoder().encode(body).length}`,
      "",
      body,
    ].join("\r\n"));
  }

  async request(method, dialog, { extra = [], body = "" } = {}) {
    const number = ++this.cseq;
    const answered = new Promise((resolve) => this.waiting.set(`${number} ${method}`, resolve));
    this.write(method, dialog, number, extra, body);
    const answer = await answered;
    if (method === "INVITE" && answer.status >= 300) {
      this.write("ACK", { ...dialog, to: answer.one("to") }, number, []);
    }
    const proven = extra.some((line) => /^(Proxy-)?Authorization:/.test(line));
    if (![401, 407].includes(answer.status) || proven) return answer;
    const proof = await this.proof(method, dialog.target, answer);
    return this.request(method, dialog, { extra: [...extra, proof], body });
  }

  async proof(method, uri, answer) {
    const proxy = answer.status === 407;
    const challenges = answer.all(proxy ? "proxy-authenticate" : "www-authenticate");
    const challenge = challenges.find((text) => /algorithm="?SHA-256"?(,|$|\s)/.test(text));
    const field = (name) => (new RegExp(`${name}="([^"]*)"`).exec(challenge) ?? ["", ""])[1];
    const [realm, nonce, cnonce] = [field("realm"), field("nonce"), random()];
    const ha1 = await sha256(`${this.user}:${realm}:${this.password}`);
    const response = await sha256(`${ha1}:${nonce}:00000001:${cnonce}:auth:${await sha256(`${method}:${uri}`)}`);
    const name = proxy ? "Proxy-Authorization" : "Authorization";
    return `${name}: Digest username="${this.user}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
      `response="${response}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="${cnonce}"`;
  }

  received(message) {
    if (message.status >= 200) {
      this.waiting.get(message.one("cseq"))?.(message);
      this.waiting.delete(message.one("cseq"));
    } else if (!message.status) {
      this.asked(message);
    }
  }

  asked(request) {
    const method = request.start.split(" ")[0];
    if (method === "ACK") return;
    if (method === "INVITE") {
      this.ringing = request;
      this.tag = random();
      this.state = "ringing";
      this.reply(request, "180 Ringing");
      return;
    }
    this.reply(request, "200 OK");
    if (method === "CANCEL") this.reply(this.ringing, "487 Request Terminated");
    if (method === "BYE" || method === "CANCEL") this.ended();
  }

  reply(request, status, body = "") {
    const tagged = /;tag=/.test(request.one("to")) ? request.one("to") : `${request.one("to")};tag=${this.tag}`;
    this.socket.send([
      `SIP/2.0 ${status}`,
      ...request.all("via").map((via) => `Via: ${via}`),
      ...request.all("record-route").map((route) => `Record-Route: ${route}`),
      `From: ${request.one("from")}`,
      `To: ${tagged}`,
      `Call-ID: ${request.one("call-id")}`,
      `CSeq: ${request.one("cseq")}`,
      `Contact: ${this.contact}`,
      ...(body ? ["Content-Type: application/sdp"] : []),
      `Content-Length: ${new TextEncoder().encode(body).length}`,
      "",
      body,
    ].join("\r\n"));
  }
}
