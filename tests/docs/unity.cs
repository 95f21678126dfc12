// What Music.cs of docs/guides/bank.md uses of Unity and Newtonsoft's Json.NET, by the signatures of their manuals.
using System.Collections;
using System.Collections.Generic;

namespace UnityEngine {
    public class Object { public string name; }
    public class AudioClip : Object { }
    public class TextAsset : Object { public string text { get { return ""; } } }
    public class Coroutine { }
    public class WaitForSecondsRealtime { public WaitForSecondsRealtime(float time) { } }

    public class AudioSource : Object {
        public AudioClip clip { get; set; }
        public bool loop { get; set; }
        public float time { get; set; }
        public void Play() { }
        public void PlayOneShot(AudioClip clip) { }
    }

    public class MonoBehaviour : Object {
        public T GetComponent<T>() { return default(T); }
        public Coroutine StartCoroutine(IEnumerator routine) { return null; }
    }

    public static class Resources {
        public static T Load<T>(string path) where T : Object { return null; }
    }
}

namespace Newtonsoft.Json.Linq {
    public abstract class JToken {
        public virtual JToken this[object key] { get { return null; } }
        public virtual IEnumerable<T> Values<T>() { return null; }
        public static explicit operator string(JToken value) { return null; }
        public static explicit operator float(JToken value) { return 0; }
    }

    public class JObject : JToken, IEnumerable<KeyValuePair<string, JToken>> {
        public static JObject Parse(string json) { return null; }
        public JToken this[string name] { get { return null; } }
        public IEnumerator<KeyValuePair<string, JToken>> GetEnumerator() { return null; }
        IEnumerator IEnumerable.GetEnumerator() { return null; }
    }
}
